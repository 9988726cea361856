"""Read checkpoint files without running any code that is in them."""

import pickle
import re
from pathlib import Path

import torch
from torch import Tensor

from .safetensors_file import SUFFIX, load_safetensors

# Where the sources keep their weights: X-ViT, most others, DeiT and Swin.
CONTAINERS = ('model_state', 'state_dict', 'model')


def read_checkpoint(path: Path) -> dict:
    """The content of a ``.pth`` or ``.safetensors`` file, on the CPU.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it is no checkpoint, is truncated, or would run code.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f'{path} does not exist')
    if path.suffix == SUFFIX:
        return load_safetensors(path)
    try:
        checkpoint = torch.load(path, map_location='cpu', weights_only=True)
    except pickle.UnpicklingError as error:
        raise ValueError(refusal(str(path), error)) from error
    except (RuntimeError, EOFError) as error:
        raise ValueError(f'{path} is truncated or no PyTorch file: {error}') from error
    if not isinstance(checkpoint, dict) or not checkpoint:
        raise ValueError(f'{path} holds no weights')
    return checkpoint


def refusal(filename: str, error: Exception) -> str:
    """Why a checkpoint was refused, and what a user who trusts the file can do."""
    try:
        names = torch.serialization.get_unsafe_globals_in_checkpoint(filename)
    except Exception:  # Not a local file, or an older format, which cannot be listed.
        names = re.findall(r'GLOBAL (\S+) was not an allowed', str(error))
    if not names:
        return f'{filename} is no checkpoint that can be loaded safely: {error}'
    classes = ', '.join(sorted(names))
    return (
        f'{filename} was refused: loading it would run code of {classes}. Weights alone '
        'do not need this class. If you trust the file, save its weights alone in a new '
        f'file, or call torch.serialization.add_safe_globals([{classes}]) in a module '
        "that the config's custom_imports names."
    )


def weights_of(checkpoint: dict, path: Path) -> dict[str, Tensor]:
    """The state dict in a checkpoint that was read from ``path``.

    Raises:
        ValueError: If it holds no tensors, or anything else.
    """
    for container in CONTAINERS:
        if isinstance(checkpoint.get(container), dict):
            checkpoint = checkpoint[container]
            break
    if not checkpoint:
        raise ValueError(f'{path} holds no weights')
    others = [k for k, v in checkpoint.items() if not isinstance(v, Tensor)]
    if others:
        raise ValueError(f'{path} is no state dict: {others[:5]} are no tensors')
    # DataParallel's prefix, from training on several GPUs.
    return {key.removeprefix('module.'): value for key, value in checkpoint.items()}
