"""Cyclic shift, windows and mosaic: where a token goes, found once."""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from ...ops import as_mosaic, patch_shift


def window_order(
    grid: Sequence[int],
    shifts: Sequence[int],
    window: int,
    pattern: tuple[tuple[int, ...], ...],
    device: torch.device,
) -> tuple[Tensor, Tensor]:
    """The order in which window attention takes the tokens of a clip.

    The orders of the last maps are kept. Nothing is kept under ``torch.compile`` and
    ``torch.export``, where they are part of the graph.

    Args:
        grid (Sequence[int]): T, H, W; multiples of ``window`` in space.
        shifts (Sequence[int]): By how much H and W are rolled towards their start.
        window (int): Side of the window.
        pattern (tuple): The mosaic that shifts the patches of each window.
        device (torch.device): Where the orders are.

    Returns:
        tuple[Tensor, Tensor]: The order, ``(T * H * W,)``: for each place in
        ``(windows, window ** 2, T)`` the token of ``(T, H, W)`` that goes there; and its
        inverse.
    """
    if torch.compiler.is_compiling():
        return _window_order(grid, shifts, window, pattern, device)
    return _kept(tuple(grid), tuple(shifts), window, pattern, device)


@lru_cache(maxsize=64)
def _kept(*arguments) -> tuple[Tensor, Tensor]:
    with torch.inference_mode(False):  # Training may come to use what is kept.
        return _window_order(*arguments)


def _window_order(grid, shifts, window, pattern, device) -> tuple[Tensor, Tensor]:
    num_frames, height, width = grid
    num_tokens = num_frames * height * width
    tokens = torch.arange(num_tokens, device=device).view(1, *grid, 1)
    tokens = tokens.roll([-shift for shift in shifts], dims=(2, 3))
    windows = tokens.unflatten(3, (-1, window)).unflatten(2, (-1, window))
    windows = windows.permute(0, 2, 4, 1, 3, 5, 6).flatten(0, 2)
    windows = patch_shift(windows, as_mosaic(pattern).to(device))
    order = windows.flatten(2).transpose(1, 2).flatten()
    inverse = torch.empty_like(order)
    inverse[order] = torch.arange(num_tokens, device=device)
    return order, inverse
