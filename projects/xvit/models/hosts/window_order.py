"""Cyclic shift, windows and mosaic as one permutation of a clip's tokens."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ...ops import patch_shift


def window_order(
    grid: Sequence[int], shifts: Sequence[int], window: int, mosaic: Tensor
) -> tuple[Tensor, Tensor]:
    """Compute the order in which window attention takes the tokens of a clip.

    Args:
        grid (Sequence[int]): T, H, W; H and W are multiples of ``window``.
        shifts (Sequence[int]): By how many patches the map is rolled up and left.
        window (int): Side of the window.
        mosaic (Tensor): The mosaic that shifts the patches of each window.

    Returns:
        tuple[Tensor, Tensor]: The permutation ``(T * H * W,)`` and its inverse. Entry i is
        the token of ``(T, H, W)`` that goes to position i of ``(windows, window ** 2, T)``.
    """
    num_frames, height, width = grid
    num_tokens = num_frames * height * width
    ids = torch.arange(num_tokens, dtype=torch.int32, device=mosaic.device)
    tokens = ids.view(1, *grid, 1)
    tokens = tokens.roll([-shift for shift in shifts], dims=(2, 3))
    windows = tokens.unflatten(3, (-1, window)).unflatten(2, (-1, window))
    windows = windows.permute(0, 2, 4, 1, 3, 5, 6).flatten(0, 2)
    windows = patch_shift(windows, mosaic)
    order = windows.flatten(2).transpose(1, 2).flatten()
    inverse = torch.empty_like(order)
    inverse[order] = ids
    return order, inverse
