"""Cyclic shift, windows and mosaic: where a token goes, found once for all channels."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ...ops import patch_shift


def window_order(
    grid: Sequence[int], shifts: Sequence[int], window: int, mosaic: Tensor
) -> tuple[Tensor, Tensor]:
    """The order in which window attention takes the tokens of a clip.

    Args:
        grid (Sequence[int]): T, H, W; multiples of ``window`` in space.
        shifts (Sequence[int]): By how much H and W are rolled towards their start.
        window (int): Side of the window.
        mosaic (Tensor): It shifts the patches of each window.

    Returns:
        tuple[Tensor, Tensor]: The order, ``(T * H * W,)``: for each place in
        ``(windows, window ** 2, T)`` the token of ``(T, H, W)`` that goes there; and its
        inverse.
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
