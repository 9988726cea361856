"""Repairs of upstream defects, each made only where the defect is present.

Written against mmaction2 1.2.0, mmengine 0.10.7 and torch 2.11; a release that mends a
defect makes its repair here do nothing.
"""

import functools
import importlib.util
import inspect
import math
import multiprocessing.connection
import pickle
import re
import sys
import types
from pathlib import Path
from unittest import mock

import numpy as np
import torch
from torch.distributed.fsdp import FullyShardedDataParallel


def apply() -> None:
    """Make every repair; calling it again changes nothing."""
    _require_mmcv()
    _supply_missing_drn()
    _allow_mmengine_classes()
    _load_weights_only()
    _write_whole_files()
    _distribute_on_cpu()
    _resume_sharded_optimizers()
    _explain_dead_data_workers()
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


def _write_whole_files() -> None:
    """mmengine writes checkpoints, and which one is the last, over what was there.

    Killed meanwhile, or on a full disk, a run has neither the old nor the new one. The
    backend of local files is replaced by one that replaces files, and where the checkpoint
    hook calls ``open``, to write ``last_checkpoint``, it finds the same.
    """
    from mmengine.fileio import LocalBackend, io, register_backend
    from mmengine.fileio.backends import backends
    from mmengine.hooks import checkpoint_hook

    from .engine.atomic_files import AtomicLocalBackend, replacing

    if backends['local'] is LocalBackend:
        register_backend('local', AtomicLocalBackend, force=True, prefixes='')
        io.backend_instances.clear()
    checkpoint_hook.open = replacing


def _distribute_on_cpu() -> None:
    """mmengine's launchers set a CUDA device, and its wrapper names one, without a GPU.

    See ``_init_dist_pytorch`` in mmengine/dist/utils.py and ``Runner.wrap_model``. Where
    there is no GPU, ``nccl`` becomes ``gloo`` and no device is set or named.
    """
    from mmengine._strategy import FSDPStrategy
    from mmengine.dist import utils
    from mmengine.model.wrappers import (
        MMDistributedDataParallel,
        MMFullyShardedDataParallel,
    )

    for name in ('_init_dist_pytorch', '_init_dist_mpi', '_init_dist_slurm'):
        init = getattr(utils, name)
        if not hasattr(init, '__wrapped__'):
            setattr(utils, name, _init_on_cpu(init))

    for wrapper, device in (
        (MMDistributedDataParallel, dict(device_ids=None)),
        (MMFullyShardedDataParallel, dict(device_id=torch.device('cpu'))),
    ):
        wrap = wrapper.__init__
        if not hasattr(wrap, '__wrapped__'):
            wrapper.__init__ = _wrap_on_cpu(wrap, device)

    if not hasattr(FSDPStrategy.__init__, '__wrapped__'):
        FSDPStrategy.__init__ = _keep_on_cpu(FSDPStrategy.__init__)


def _keep_on_cpu(init):
    """PyTorch's FSDP frees what it offloads to the CPU, even what was there already.

    https://github.com/Lightning-AI/pytorch-lightning/issues/21804: a segmentation fault
    where a checkpoint is saved.
    """

    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if not torch.cuda.is_available():
            for config in (self.state_dict_config, self.optim_state_dict_config):
                config.offload_to_cpu = False

    return __init__


def _init_on_cpu(init):
    @functools.wraps(init)
    def init_dist(backend, *args, **kwargs):
        if torch.cuda.is_available():
            return init(backend, *args, **kwargs)
        backend = 'gloo' if backend == 'nccl' else backend
        with mock.patch.object(torch.cuda, 'set_device'):
            return init(backend, *args, **kwargs)

    return init_dist


def _wrap_on_cpu(wrap, device: dict):
    @functools.wraps(wrap)
    def __init__(self, module, *args, **kwargs):
        on_cpu = all(p.device.type == 'cpu' for p in module.parameters())
        # FSDP is given a model on the CPU, and takes it to the GPU where there is one.
        if on_cpu and ('device_ids' in device or not torch.cuda.is_available()):
            kwargs |= device
        wrap(self, module, *args, **kwargs)

    return __init__


def _resume_sharded_optimizers() -> None:
    """mmengine hands FSDP the optimizer's state before the model, as torch 2.0 took it."""
    from mmengine._strategy import FSDPStrategy

    if 'state_dict, self.model' in inspect.getsource(FSDPStrategy.load_optim_state_dict):
        FSDPStrategy.load_optim_state_dict = _load_sharded_optimizer


def _load_sharded_optimizer(self, state_dict: dict) -> None:
    state = FullyShardedDataParallel.optim_state_dict_to_load(
        self.model, self.optim_wrapper.optimizer, state_dict
    )
    self.optim_wrapper.load_state_dict(state)


def _explain_dead_data_workers() -> None:
    """A data worker that is killed while it hands data over may show as a bare
    ``ConnectionResetError``: PyTorch asks whether it lives before it is quite dead.
    """
    iterator = torch.utils.data.dataloader._MultiProcessingDataLoaderIter
    if not hasattr(iterator._try_get_data, '__wrapped__'):
        iterator._try_get_data = _explain_dead_worker(iterator._try_get_data)


def _explain_dead_worker(get):
    @functools.wraps(get)
    def explained(self, *args, **kwargs):
        try:
            return get(self, *args, **kwargs)
        except (ConnectionError, EOFError, FileNotFoundError) as error:
            dead = multiprocessing.connection.wait([w.sentinel for w in self._workers], 5)
            pids = ', '.join(str(w.pid) for w in self._workers if w.sentinel in dead)
            if not pids:
                raise
            raise RuntimeError(
                f'DataLoader worker (pid(s) {pids}) died, killed or for want of memory'
            ) from error

    return explained


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
