"""Stochastic depth for clips."""

from collections.abc import Callable

from torch import Tensor


def drop_clips(drop: Callable[[Tensor], Tensor], x: Tensor, num_frames: int) -> Tensor:
    """Apply an image model's ``DropPath`` so that it drops all frames of a clip or none.

    Args:
        drop (Callable): The image model's ``DropPath``, which drops entries of axis 0.
        x (Tensor): ``(N * T, ...)``.
        num_frames (int): T.

    Returns:
        Tensor: ``(N * T, ...)``.
    """
    return drop(x.unflatten(0, (-1, num_frames))).flatten(0, 1)
