"""Stochastic depth for clips."""

from collections.abc import Callable

from torch import Tensor


def drop_clips(drop: Callable[[Tensor], Tensor], x: Tensor, num_frames: int) -> Tensor:
    """A ``DropPath`` that drops or keeps all frames of a clip.

    Args:
        drop (Callable): An image model's stochastic depth, or what ends with it; it drops
            samples, entries of the first axis, and changes no other axis but the last.
        x (Tensor): ``(N * T, ...)``.
        num_frames (int): T.

    Returns:
        Tensor: ``(N * T, ...)``.
    """
    return drop(x.unflatten(0, (-1, num_frames))).flatten(0, 1)
