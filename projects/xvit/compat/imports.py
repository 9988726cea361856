"""Repairs for importing mmaction2 and reading its configs."""

import importlib.util
import sys
import types
import warnings
from pathlib import Path


def require_mmcv() -> None:
    """Say what to install. No OpenMMLab package requires mmcv, as mmcv-lite also does."""
    if importlib.util.find_spec('mmcv') is None:
        raise ModuleNotFoundError(
            'projects.xvit needs mmcv-lite or mmcv, the same import: '
            "pip install 'mmaction2-xvit[lite]'"
        )


def supply_missing_drn() -> None:
    """Replace a folder that ``import mmaction.models`` needs and the wheel lacks.

    See https://github.com/open-mmlab/mmaction2/issues/2714. Everything works except
    building the ``DRN`` localizer, which raises an error.
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
    """Hide a warning that appears for each of MMAction2's configs in ``_base_``.

    mmengine's ``get_installed_path`` reloads ``pkg_resources``, which is deprecated.
    ``setup.cfg`` requires a setuptools release that still has it.
    """
    warnings.filterwarnings('ignore', 'pkg_resources is deprecated', UserWarning)
