"""Checkpoints that load safely, and are written whole."""

import functools
import inspect
import pickle
import re

import numpy as np
import torch


def allow_mmengine_classes() -> None:
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


def load_weights_only() -> None:
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


def write_whole_files() -> None:
    """mmengine writes checkpoints, and which one is the last, over what was there.

    Killed meanwhile, or on a full disk, a run has neither the old nor the new one. The
    backend of local files is replaced by one that replaces files, and where the checkpoint
    hook calls ``open``, to write ``last_checkpoint``, it finds the same.
    """
    from mmengine.fileio import LocalBackend, io, register_backend
    from mmengine.fileio.backends import backends
    from mmengine.hooks import checkpoint_hook

    from ..engine.atomic_files import AtomicLocalBackend, replacing

    if backends['local'] is LocalBackend:
        register_backend('local', AtomicLocalBackend, force=True, prefixes='')
        io.backend_instances.clear()
    checkpoint_hook.open = replacing
