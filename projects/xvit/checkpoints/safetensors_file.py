"""Checkpoints as safetensors: tensors and text, nothing that could run."""

import json
from os import PathLike
from pathlib import Path

import safetensors
from mmengine.runner.checkpoint import CheckpointLoader
from safetensors.torch import save
from torch import Tensor

SUFFIX = '.safetensors'


def save_safetensors(path: PathLike, state_dict: dict[str, Tensor], meta: dict) -> None:
    """Write a state dict, and ``meta`` as JSON in the file's header."""
    tensors = {key: value.contiguous().clone() for key, value in state_dict.items()}
    # Through bytes: `save_file` would leave a file that only its owner may read.
    data = save(tensors, dict(format='pt', meta=json.dumps(meta)))
    Path(path).write_bytes(_sort_header(data))


def _sort_header(data: bytes) -> bytes:
    """The library writes metadata in random order; the same model must hash the same.

    A file is the header's length (8 bytes, little endian), the header (JSON, padded with
    spaces to whole words of 8 bytes), and the tensors.
    """
    end = 8 + int.from_bytes(data[:8], 'little')
    header = json.dumps(json.loads(data[8:end]), sort_keys=True).encode()
    header += b' ' * (-len(header) % 8)
    return len(header).to_bytes(8, 'little') + header + data[end:]


def load_safetensors(path: PathLike, map_location=None) -> dict:
    """``dict(meta, state_dict)`` of a file of this or any other code base.

    Args:
        path (PathLike): The file.
        map_location (str | torch.device, optional): Where the tensors go; the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is truncated or no safetensors file.
    """
    path = Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist')
    try:
        with safetensors.safe_open(path, framework='pt') as file:
            header = file.metadata() or {}
            state_dict = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
        meta = json.loads(header.get('meta', '{}'))
    except (safetensors.SafetensorError, json.JSONDecodeError) as error:
        raise ValueError(f'{path} is truncated or no safetensors file: {error}') from error
    if map_location is not None:
        state_dict = {key: value.to(map_location) for key, value in state_dict.items()}
    return dict(meta=meta, state_dict=state_dict)


@CheckpointLoader.register_scheme(prefixes=r'(?!https?://).*\.safetensors$', force=True)
def load_from_safetensors(filename: str, map_location=None) -> dict:
    """What mmengine's ``load_checkpoint`` calls for local ``.safetensors`` files."""
    return load_safetensors(filename, map_location)
