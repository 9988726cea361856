"""Checkpoints from the network load as safely as local ones, and refusals are explained."""

import functools
import inspect
import pickle

from mmengine.runner import checkpoint as mmengine_checkpoint

from ..checkpoints.read import refusal


def load_weights_only() -> None:
    """Load downloads with ``weights_only=True``, and explain why a file was refused.

    MMEngine downloads with ``torch.hub.load_state_dict_from_url``, whose default is still
    ``weights_only=False``. And torch's own error suggests turning the check off.
    """
    load_url = mmengine_checkpoint.load_url
    parameter = inspect.signature(load_url).parameters.get('weights_only')
    if parameter is not None and parameter.default is False:
        mmengine_checkpoint.load_url = functools.partial(load_url, weights_only=True)

    loader = mmengine_checkpoint.CheckpointLoader
    if not hasattr(loader.load_checkpoint, '__wrapped__'):
        loader.load_checkpoint = classmethod(
            _explain_refusal(loader.load_checkpoint.__func__)
        )


def _explain_refusal(load):
    @functools.wraps(load)
    def explained(cls, filename, *args, **kwargs):
        try:
            return load(cls, filename, *args, **kwargs)
        except pickle.UnpicklingError as error:
            raise pickle.UnpicklingError(refusal(filename, error)) from error
        except (RuntimeError, EOFError) as error:
            raise RuntimeError(
                f'{filename} cannot be read as a checkpoint: it is truncated, or it is not '
                f'a PyTorch file: {error}'
            ) from error

    return explained
