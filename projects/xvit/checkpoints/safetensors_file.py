"""Checkpoints as safetensors: tensors and text, no code."""

import json
from os import PathLike
from pathlib import Path

import safetensors
import safetensors.torch
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor

SUFFIX = '.safetensors'


def save_safetensors(path: PathLike, state_dict: dict[str, Tensor], meta: dict) -> None:
    """Write a state dict, and ``meta`` as JSON in the file's header."""
    tensors = {key: value.contiguous().clone() for key, value in state_dict.items()}
    # One entry alone: the library writes several in random order, and the same model must
    # have the same hash. And `save_file` would make a file that only its owner may read.
    data = safetensors.torch.save(tensors, dict(meta=json.dumps(meta)))
    Path(path).write_bytes(data)


@CheckpointLoader.register_scheme(prefixes=r'(?!https?://).*\.safetensors$', force=True)
def load_safetensors(filename: PathLike, map_location=None) -> dict:
    """``dict(meta, state_dict)`` of a file, also of one that another program wrote.

    mmengine's ``load_checkpoint`` calls it for local files.

    Args:
        filename (PathLike): The file.
        map_location (str | torch.device, optional): Where the tensors go. The CPU if None.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is truncated or no safetensors file.
    """
    path = Path(filename).expanduser()
    device = str(map_location or 'cpu')
    try:
        with safetensors.safe_open(path, 'pt', device) as file:
            meta = json.loads((file.metadata() or {}).get('meta', '{}'))
            state_dict = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f'{path} is truncated or no safetensors file: {error}') from error
    return dict(meta=meta, state_dict=state_dict)
