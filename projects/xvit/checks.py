"""Checks of constructor arguments. Their errors name the argument and its value."""

import math
from collections.abc import Collection, Sequence
from numbers import Real
from typing import Any


def check_integer(name: str, value: Any, least: int | None = None) -> None:
    """Raise ``TypeError`` for a non-integer, ``ValueError`` below ``least``."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f'{name} must be an integer, got {value!r}')
    if least is not None and value < least:
        raise ValueError(f'{name} must be at least {least}, got {value}')


def check_positive(name: str, value: Any) -> None:
    """Raise ``TypeError`` or ``ValueError`` unless ``value`` is an integer above 0."""
    check_integer(name, value, least=1)


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


def check_size(name: str, value: Any, unit: int = 1) -> tuple[int, int]:
    """Height and width, given as one or two positive multiples of ``unit``."""
    sides = (value, value) if not isinstance(value, Sequence) else tuple(value)
    if isinstance(value, str) or len(sides) != 2:
        raise ValueError(f'{name} must be one or two integers, got {value!r}')
    for side in sides:
        check_positive(name, side)
        if side % unit:
            raise ValueError(f'{name} must be a multiple of {unit}, got {value!r}')
    return sides
