"""Distributed runs without a GPU, FSDP, and the error when a data worker dies."""

import functools
import inspect
import multiprocessing.connection
from unittest import mock

import torch
from mmengine._strategy import FSDPStrategy
from mmengine.dist import utils
from mmengine.model.wrappers import (
    MMDistributedDataParallel,
    MMFullyShardedDataParallel,
)
from torch.distributed.fsdp import FullyShardedDataParallel


def distribute_on_cpu() -> None:
    """Let MMEngine's launchers and model wrappers run without a GPU.

    They set a CUDA device and pass it on even without a GPU: see ``_init_dist_pytorch`` in
    mmengine/dist/utils.py and ``Runner.wrap_model``. Here, without a GPU, ``nccl`` becomes
    ``gloo`` and no device is set.
    """
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
        # FSDP gets a model on the CPU, and moves it to the GPU if there is one.
        if on_cpu and ('device_ids' in device or not torch.cuda.is_available()):
            kwargs |= device
        wrap(self, module, *args, **kwargs)

    return __init__


def _keep_on_cpu(init):
    """Do not offload to the CPU what is there already: PyTorch's FSDP would free it.

    Saving a checkpoint then ends in a segmentation fault:
    https://github.com/Lightning-AI/pytorch-lightning/issues/21804
    """

    @functools.wraps(init)
    def __init__(self, *args, **kwargs):
        init(self, *args, **kwargs)
        if not torch.cuda.is_available():
            for config in (self.state_dict_config, self.optim_state_dict_config):
                config.offload_to_cpu = False

    return __init__


def resume_sharded_optimizers() -> None:
    """Pass FSDP its arguments in today's order; MMEngine has the order of torch 2.0."""
    if 'state_dict, self.model' in inspect.getsource(FSDPStrategy.load_optim_state_dict):
        FSDPStrategy.load_optim_state_dict = _load_sharded_optimizer


def _load_sharded_optimizer(self, state_dict: dict) -> None:
    state = FullyShardedDataParallel.optim_state_dict_to_load(
        self.model, self.optim_wrapper.optimizer, state_dict
    )
    self.optim_wrapper.load_state_dict(state)


def explain_dead_data_workers() -> None:
    """Name a data worker that was killed while it handed data over.

    PyTorch may raise a bare ``ConnectionResetError``, because the worker is not quite dead
    yet when PyTorch checks whether it lives.
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
                f'DataLoader worker (pid(s) {pids}) died: it was killed, or memory ran out'
            ) from error

    return explained
