"""Repairs of upstream defects, each made only where the defect is present.

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11; a release that mends a
defect makes its repair here do nothing.
"""

import functools
import importlib.util
import inspect
import math
import pickle
import re
import sys
import types
from pathlib import Path
from unittest import mock

import numpy as np
import torch


def apply() -> None:
    """Make every repair; calling it again changes nothing."""
    _require_mmcv()
    _supply_missing_drn()
    _allow_mmengine_classes()
    _load_weights_only()
    _distribute_on_cpu()
    _count_fused_attention()
    _test_views_of_batches()


def _require_mmcv() -> None:
    """No package of OpenMMLab's requires mmcv, since mmcv-lite is the same import."""
    if importlib.util.find_spec('mmcv') is None:
        raise ModuleNotFoundError(
            'projects.xvit needs mmcv-lite or mmcv, the same import: '
            "pip install 'mmaction2-xvit[lite]'"
        )


def _supply_missing_drn() -> None:
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


def _allow_mmengine_classes() -> None:
    """mmengine's checkpoints hold log histories, which ``weights_only`` loading refuses.

    https://github.com/open-mmlab/mmengine/issues/1655. These classes hold numbers and run
    nothing on loading, so they are allowed; the check itself stays on. A history names its
    methods by ``getattr``, for which a function stands that finds nothing else.
    """
    from mmengine.logging import HistoryBuffer

    def statistics_method(owner, name):
        if owner is not HistoryBuffer or name not in ('min', 'max', 'current', 'mean'):
            raise pickle.UnpicklingError(
                f'getattr of {owner!r} and {name!r} is not allowed'
            )
        return getattr(HistoryBuffer, name)

    multiarray = np._core.multiarray if hasattr(np, '_core') else np.core.multiarray
    allowed = [HistoryBuffer, np.ndarray, np.dtype, (statistics_method, 'builtins.getattr')]
    allowed += [type(np.dtype(t)) for t in ('f4', 'f8', 'i4', 'i8', 'b1')]
    for function in (multiarray._reconstruct, multiarray.scalar):
        # The module is `numpy.core` in files written with NumPy 1, `numpy._core` with 2.
        allowed += [
            (function, f'numpy.{core}.multiarray.{function.__name__}')
            for core in ('core', '_core')
        ]
    torch.serialization.add_safe_globals(allowed)


def _load_weights_only() -> None:
    """Checkpoints from the network are loaded as safely as local ones; refusals explained.

    mmengine downloads with ``torch.hub.load_state_dict_from_url``, whose default is still
    ``weights_only=False``; and torch's refusal suggests to turn the check off.
    """
    from mmengine.runner import checkpoint as mmengine_checkpoint

    load_url = mmengine_checkpoint.load_url
    parameter = inspect.signature(load_url).parameters.get('weights_only')
    if parameter is not None and parameter.default is False:
        mmengine_checkpoint.load_url = functools.partial(load_url, weights_only=True)

    loader = mmengine_checkpoint.CheckpointLoader
    for prefix, load in list(loader._schemes.items()):
        mmengines = load.__module__ == mmengine_checkpoint.__name__
        if mmengines and not hasattr(load, '__wrapped__'):
            loader.register_scheme(prefix, _explain_refusal(load), force=True)


def _explain_refusal(load):
    @functools.wraps(load)
    def explained(filename, *args, **kwargs):
        try:
            return load(filename, *args, **kwargs)
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(refusal(filename, error)) from error
        except (RuntimeError, EOFError) as error:
            raise RuntimeError(
                f'{filename} cannot be read as a checkpoint, it is truncated or no '
                f'PyTorch file: {error}'
            ) from error

    return explained


def refusal(filename: str, error: Exception) -> str:
    """Why a checkpoint was refused, and what a user who trusts it can do."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(filename)
    except Exception:  # Not a local file, or of a format older than the listing.
        names = re.findall(r'GLOBAL (\S+) was not an allowed', str(error))
    if not names:
        return f'{filename} is no checkpoint that can be loaded safely: {error}'
    classes = ', '.join(sorted(names))
    return (
        f'{filename} was refused: loading it would run code of {classes}. A checkpoint of '
        'weights needs no such class. If you trust the file, allow the class before '
        f'loading, with torch.serialization.add_safe_globals([{classes}]) in a module '
        "that the config's custom_imports names, or save its weights alone anew."
    )


def _distribute_on_cpu() -> None:
    """mmengine's launchers set a CUDA device, and its wrapper names one, without a GPU.

    See ``_init_dist_pytorch`` in mmengine/dist/utils.py and ``Runner.wrap_model``. Where
    there is no GPU, ``nccl`` becomes ``gloo`` and no device is set or named.
    """
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    for name in ('_init_dist_pytorch', '_init_dist_mpi', '_init_dist_slurm'):
        init = getattr(utils, name)
        if not hasattr(init, '__wrapped__'):
            setattr(utils, name, _init_on_cpu(init))

    wrap = MMDistributedDataParallel.__init__
    if not hasattr(wrap, '__wrapped__'):
        MMDistributedDataParallel.__init__ = _wrap_on_cpu(wrap)


def _init_on_cpu(init):
    @functools.wraps(init)
    def init_dist(backend, *args, **kwargs):
        if torch.cuda.is_available():
            return init(backend, *args, **kwargs)
        backend = 'gloo' if backend == 'nccl' else backend
        with mock.patch.object(torch.cuda, 'set_device'):
            return init(backend, *args, **kwargs)

    return init_dist


def _wrap_on_cpu(wrap):
    @functools.wraps(wrap)
    def __init__(self, module, *args, **kwargs):
        if all(p.device.type == 'cpu' for p in module.parameters()):
            kwargs['device_ids'] = None
        wrap(self, module, *args, **kwargs)

    return __init__


def _count_fused_attention() -> None:
    """mmengine's FLOP counter, and with it MMAction2's ``get_flops.py``, skips attention.

    It knows the matrix products, not ``scaled_dot_product_attention``, which replaced
    them in mmpretrain; the count is theirs: q k^T and the product with v.
    """
    from mmengine.analysis import complexity_analysis

    complexity_analysis._DEFAULT_SUPPORTED_FLOP_OPS.setdefault(
        'aten::scaled_dot_product_attention', _attention_flops
    )


def _attention_flops(inputs: list, outputs: list) -> int:
    """Multiply-adds of attention, from the traced shapes of q, k and v."""
    q, k, v = (value.type().sizes() for value in inputs[:3])
    return math.prod(q[:-1]) * k[-2] * (q[-1] + v[-1])


def _test_views_of_batches() -> None:
    """``Recognizer3D`` refuses ``max_testing_views`` for batches of several samples.

    https://github.com/open-mmlab/mmaction2/issues/1136. Views pass the backbone apart, and
    the head counts those of a sample itself, so a batch may be one sample of all its
    views: ``max_testing_views`` then limits the views of the batch that pass at once.
    """
    from mmaction.models import Recognizer3D

    asked = types.SimpleNamespace(
        test_cfg=dict(max_testing_views=1), backbone=torch.clone, with_neck=False
    )
    try:
        Recognizer3D.extract_feat(asked, torch.zeros(2, 1, 1), test_mode=True)
    except AssertionError:
        Recognizer3D.extract_feat = _as_one_sample(Recognizer3D.extract_feat)


def _as_one_sample(extract_feat):
    @functools.wraps(extract_feat)
    def extract(self, inputs, *args, test_mode=False, **kwargs):
        if test_mode and self.test_cfg and self.test_cfg.get('max_testing_views'):
            inputs = inputs.flatten(0, 1)[None]
        return extract_feat(self, inputs, *args, test_mode=test_mode, **kwargs)

    return extract
