"""Stochastic depth for clips."""

from collections.abc import Callable

from torch import Tensor


def drop_clips(drop: Callable[[Tensor], Tensor], x: Tensor, num_frames: int) -> Tensor:
    """Apply an image model's ``DropPath`` to whole clips of ``(N * T, ...)``."""
    return drop(x.unflatten(0, (-1, num_frames))).flatten(0, 1)
