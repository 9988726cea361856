"""Checks of constructor arguments. Their errors name the argument and its value."""

from collections.abc import Collection, Sequence
from typing import Any

import torch


def check_integer(name: str, value: Any, least: int | None = None) -> None:
    """Raise ``TypeError`` for a non-integer, ``ValueError`` below ``least``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f'{name} must be an integer, got {value!r}')
    if least is not None and value < least:
        raise ValueError(f'{name} must be at least {least}, got {value}')


def check_positive(name: str, value: Any) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless ``value`` is an integer above 0."""
    check_integer(name, value, least=1)


def check_choice(name: str, value: Any, choices: Collection) -> None:
    """Raise ``ValueError`` unless ``value`` is one of ``choices``."""
    if not any(isinstance(value, type(choice)) and value == choice for choice in choices):
        raise ValueError(f'{name} must be one of {tuple(choices)}, got {value!r}')


def check_size(name: str, value: int | Sequence[int], unit: int) -> tuple[int, int]:
    """Height and width, given as one or two positive multiples of ``unit``."""
    sides = (value, value) if isinstance(value, int) else tuple(value)
    if len(sides) != 2 or any(side < 1 or side % unit for side in sides):
        raise ValueError(f'{name} must be one or two multiples of {unit}, got {value!r}')
    return sides


def find_device(device: str | torch.device | None = None) -> torch.device:
    """The device of this name; by default the GPU, or the CPU without one.

    Raises:
        ValueError: If there is no such device.
    """
    if device is None:
        device = 'cuda' if torch.cuda.is_available() else 'cpu'
    try:
        return torch.empty(0, device=device).device
    except (AssertionError, RuntimeError) as error:  # The first: PyTorch without CUDA.
        count = torch.cuda.device_count()
        gpus = f"'cuda:0' to 'cuda:{count - 1}'" if count else 'there is no GPU'
        raise ValueError(
            f"device must be 'cpu' or a GPU ({gpus}), got {str(device)!r}"
        ) from error
