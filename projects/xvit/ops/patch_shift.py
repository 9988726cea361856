"""Patch shift: replace the patches that a mosaic selects by those of other frames."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .reorder import reorder

MOSAICS = {
    # The authors' pattern C: patches of the frame itself and of four frames on each side.
    'official': ((-4, 1, 2), (-1, 0, 3), (-2, -3, 4)),
    # Like a Bayer filter: half of the patches are the frame's own, half its neighbours'.
    'bayer': ((0, 1), (-1, 0)),
}


def patch_shift(x: Tensor, mosaic: Tensor, inverse: bool = False) -> Tensor:
    r"""Replace patches by those of other frames (TPS, arXiv 2207.13259, section 3).

    The mosaic is tiled over the patch grid, and frame indices wrap around:

    .. math:: y_{t,\,r,\,c} = x_{(t - m_{r \bmod R,\, c \bmod K}) \bmod T,\,r,\,c}

    This copies ``x`` once, for any mosaic. The inverse restores ``x`` bit for bit.

    Args:
        x (Tensor): ``(N, T, H, W, C)``.
        mosaic (Tensor): Integers m, ``(R, K)``, see :func:`as_mosaic`: by how many frames
            each patch moves forward.
        inverse (bool): Move every patch back to its own frame.

    Returns:
        Tensor: The shape and dtype of ``x``.
    """
    num_frames, height, width = x.shape[1:4]
    cells = torch.arange(height * width, device=x.device)
    there, back = (
        shown_frames(m, num_frames, height, width).flatten(1) * (height * width) + cells
        for m in ((-mosaic, mosaic) if inverse else (mosaic, -mosaic))
    )
    return reorder(x.flatten(1, 3), there.flatten(), back.flatten()).view(x.shape)


def shown_frames(mosaic: Tensor, num_frames: int, height: int, width: int) -> Tensor:
    """The frame that each patch comes from, ``(t - m) mod T``.

    Args:
        mosaic (Tensor): Integers m, ``(R, K)``.
        num_frames (int): T.
        height (int): Number of patch rows H.
        width (int): Number of patch columns W.

    Returns:
        Tensor: ``(T, H, W)``, integers in ``[0, T)``.
    """
    rows = torch.arange(height, device=mosaic.device) % mosaic.shape[0]
    columns = torch.arange(width, device=mosaic.device) % mosaic.shape[1]
    tiled = mosaic[rows[:, None], columns]
    frames = torch.arange(num_frames, device=mosaic.device)
    return (frames[:, None, None] - tiled) % num_frames


def as_mosaic(pattern: str | Sequence[Sequence[int]]) -> Tensor:
    """Make a mosaic from its name or its rows.

    Args:
        pattern (str | Sequence[Sequence[int]]): A name of ``MOSAICS``, or the rows.

    Returns:
        Tensor: ``(R, K)``, int64.

    Raises:
        ValueError: If the name is unknown, or the rows are not a matrix of integers.
    """
    if isinstance(pattern, str) and pattern in MOSAICS:
        pattern = MOSAICS[pattern]
    try:
        mosaic = torch.tensor(pattern)
    except (TypeError, ValueError, RuntimeError):
        mosaic = torch.empty(0)
    if mosaic.ndim != 2 or mosaic.dtype != torch.int64 or mosaic.numel() == 0:
        raise ValueError(
            f'shift_pattern must be one of {sorted(MOSAICS)} or a matrix of integers, '
            f'got {pattern!r}'
        )
    return mosaic
