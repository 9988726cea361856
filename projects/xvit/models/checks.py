"""What constructors demand of their arguments, in words that name them."""

import math
from collections.abc import Collection, Sequence
from numbers import Real
from typing import Any

import torch
from torch import Tensor


def check_integer(name: str, value: Any, least: int | None = None) -> None:
    """Raise ``TypeError`` unless ``value`` is an int, ``ValueError`` below ``least``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f'{name} must be an integer, got {value!r}')
    if least is not None and value < least:
        raise ValueError(f'{name} must be at least {least}, got {value}')


def check_positive(name: str, value: Any) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless ``value`` is an integer from 1 up."""
    check_integer(name, value, least=1)


def check_positives(name: str, values: Any, count: int | None = None) -> None:
    """Raise unless ``values`` is a list or tuple of (``count``) integers from 1 up."""
    if not isinstance(values, list | tuple) or not values:
        raise TypeError(f'{name} must be a list of integers, got {values!r}')
    if count is not None and len(values) != count:
        raise ValueError(f'{name} must be {count} integers, got {values!r}')
    for value in values:
        check_positive(name, value)


def check_rate(name: str, value: Any) -> None:
    """Raise unless ``value`` is a number in [0, 1): what is dropped, never all."""
    check_number(name, value)
    if not 0 <= value < 1:
        raise ValueError(f'{name} must be at least 0 and below 1, got {value}')


def check_number(name: str, value: Any) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless ``value`` is a finite number."""
    if not isinstance(value, Real) or isinstance(value, bool):
        raise TypeError(f'{name} must be a number, got {value!r}')
    if not math.isfinite(value):
        raise ValueError(f'{name} must be finite, got {value}')


def check_flag(name: str, value: Any) -> None:
    """Raise ``TypeError`` unless ``value`` is ``True`` or ``False``."""
    if not isinstance(value, bool):
        raise TypeError(f'{name} must be True or False, got {value!r}')


def check_choice(name: str, value: Any, choices: Collection) -> None:
    """Raise ``ValueError`` unless ``value`` is one of ``choices``."""
    if not any(isinstance(value, type(choice)) and value == choice for choice in choices):
        raise ValueError(f'{name} must be one of {tuple(choices)}, got {value!r}')


def check_configs(name: str, value: Any, count: int) -> None:
    """Raise unless ``value`` is a dict, or a list of one for each of ``count`` layers."""
    if isinstance(value, list | tuple):
        if len(value) != count:
            raise ValueError(f'{name} must have {count} dicts, got {len(value)}')
        for config in value:
            check_config(name, config)
    else:
        check_config(name, value)


def check_config(name: str, value: Any, needs_type: bool = False) -> None:
    """Raise unless ``value`` is a dict, with a ``type`` for a registry if need be."""
    if not isinstance(value, dict):
        raise TypeError(f'{name} must be a dict, got {value!r}')
    if needs_type and 'type' not in value:
        raise ValueError(f"{name} must say its 'type', got {value!r}")


def check_init_cfg(name: str, value: Any) -> None:
    """Raise unless ``value`` is what mmengine's ``BaseModule`` takes as ``init_cfg``."""
    if value is not None:
        for config in value if isinstance(value, list | tuple) else [value]:
            check_config(name, config, needs_type=True)


def check_size(name: str, value: Any) -> tuple[int, int]:
    """Height and width, from one positive integer or two of them."""
    sides = (value, value) if not isinstance(value, Sequence) else tuple(value)
    if isinstance(value, str) or len(sides) != 2:
        raise ValueError(f'{name} must be one or two integers, got {value!r}')
    for side in sides:
        check_positive(name, side)
    return sides


def check_dtype(name: str, x: Any, weight: Tensor) -> None:
    """Raise ``TypeError`` unless ``x`` is a floating point tensor that meets ``weight``.

    It has the type of ``weight``; under autocast, which leaves float64 alone, any other.
    """
    if not isinstance(x, Tensor) or not x.is_floating_point():
        got = x.dtype if isinstance(x, Tensor) else type(x).__name__
        raise TypeError(f'{name} must be a floating point tensor, got {got}')
    types = {x.dtype, weight.dtype}
    autocast = torch.is_autocast_enabled(x.device.type) and torch.float64 not in types
    if len(types) > 1 and not autocast:
        raise TypeError(f'{name} must be {weight.dtype}, as the weights are, got {x.dtype}')
