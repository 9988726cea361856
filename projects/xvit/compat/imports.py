"""What keeps mmaction2 from being imported, or makes reading a config noisy."""

import importlib.util
import sys
import types
import warnings
from pathlib import Path


def require_mmcv() -> None:
    """No package of OpenMMLab's requires mmcv, since mmcv-lite is the same import."""
    if importlib.util.find_spec('mmcv') is None:
        raise ModuleNotFoundError(
            'projects.xvit needs mmcv-lite or mmcv, the same import: '
            "pip install 'mmaction2-xvit[lite]'"
        )


def supply_missing_drn() -> None:
    """mmaction2's wheel lacks a folder that ``import mmaction.models`` needs.

    https://github.com/open-mmlab/mmaction2/issues/2714. A stand-in takes its place; only
    building the ``DRN`` localizer fails then.
    """
    name = 'mmaction.models.localizers.drn'
    root = Path(importlib.util.find_spec('mmaction').origin).parent
    if name in sys.modules or (root / 'models/localizers/drn').exists():
        return

    class DRN:
        def __init__(self, *args, **kwargs) -> None:
            raise NotImplementedError(
                "DRN is missing from mmaction2's wheel; install mmaction2 from source"
            )

    package = types.ModuleType(name)
    package.__path__ = []
    package.drn = types.ModuleType(f'{name}.drn')
    package.drn.DRN = DRN
    sys.modules[name] = package
    sys.modules[f'{name}.drn'] = package.drn


def silence_repeated_warning() -> None:
    """mmengine reloads ``pkg_resources``, which warns, for each ``_base_`` of MMAction2's.

    See ``get_installed_path`` in mmengine/utils/package_utils.py. The requirements hold
    setuptools below the release that removes it.
    """
    warnings.filterwarnings('ignore', 'pkg_resources is deprecated', UserWarning)
