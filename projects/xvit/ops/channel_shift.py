"""The first move: some channels of a frame are replaced by those of another frame."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def channel_shift(
    x: Tensor, offsets: Sequence[int], fold: int, edge: str = 'zero'
) -> Tensor:
    r"""Take groups of channels from neighbouring frames.

    The ``i``-th group of ``fold`` channels comes from the frame ``offsets[i]`` steps
    away, the channels behind the last group stay:

    .. math:: y_{t,\,c} = x_{t + o_{\lfloor c / f \rfloor},\,c}

    With ``offsets=(1, -1)`` this is equation 9 of X-ViT (arXiv 2106.05968) with a
    window of one frame, and the periodic shift of LAPS (arXiv 2207.05526).

    Args:
        x (Tensor): ``(N, T, ..., C)``, frames on axis 1, channels last. To shift inside
            each attention head, pass ``(N, T, ..., heads, C // heads)``.
        offsets (Sequence[int]): Frame offset of each group; empty returns ``x`` itself.
        fold (int): Channels in a group, ``len(offsets) * fold <= C``.
        edge (str): What stands where frame ``t + offset`` does not exist: ``'zero'``,
            or ``'keep'`` for the frame's own channels.

    Returns:
        Tensor: The shape and dtype of ``x``.

    Raises:
        ValueError: If ``x`` has fewer than three axes, the groups do not fit into C, or
            ``edge`` is unknown.
    """
    if x.ndim < 3:
        raise ValueError(f'x must be (N, T, ..., C), got shape {tuple(x.shape)}')
    channels = x.shape[-1]
    if fold < 1 or len(offsets) * fold > channels:
        raise ValueError(
            f'fold must be between 1 and C // len(offsets) for offsets={tuple(offsets)} '
            f'and C={channels}, got {fold}'
        )
    if edge not in ('zero', 'keep'):
        raise ValueError(f"edge must be 'zero' or 'keep', got {edge!r}")
    if not offsets:
        return x

    rest = channels - len(offsets) * fold
    *groups, stay = x.split([fold] * len(offsets) + [rest], dim=-1)
    moved = [_shift_frames(g, o, edge) for g, o in zip(groups, offsets, strict=True)]
    return torch.cat([*moved, stay], dim=-1)


def _shift_frames(x: Tensor, offset: int, edge: str) -> Tensor:
    """``y[:, t] = x[:, t + offset]``, and the edge's rule where there is no such frame."""
    num_frames = x.shape[1]
    missing = min(abs(offset), num_frames)
    inner = x[:, missing:] if offset > 0 else x[:, : num_frames - missing]
    if edge == 'zero':
        before, after = (0, missing) if offset > 0 else (missing, 0)
        return F.pad(inner, (0, 0) * (x.ndim - 2) + (before, after))
    if offset > 0:
        return torch.cat([inner, x[:, num_frames - missing :]], dim=1)
    return torch.cat([x[:, :missing], inner], dim=1)
