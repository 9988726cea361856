"""Channel shift: replace some channels of each frame by those of another frame."""

from collections.abc import Sequence

import torch
from torch import Tensor


def channel_shift(
    x: Tensor, offsets: Sequence[int], fold: int, edge: str = 'zero'
) -> Tensor:
    r"""Take groups of channels from neighbouring frames.

    The ``i``-th group of ``fold`` channels comes from the frame ``offsets[i]`` steps
    away. The remaining channels stay:

    .. math:: y_{t,\,c} = x_{t + o_{\lfloor c / f \rfloor},\,c}

    With ``offsets=(1, -1)`` this is equation 9 of X-ViT (arXiv 2106.05968) with a
    window of one frame, and the periodic shift of LAPS (arXiv 2207.05526).

    Args:
        x (Tensor): ``(N, T, ..., C)``, frames on axis 1, channels last. To shift inside
            each attention head, pass ``(N, T, ..., heads, C // heads)``.
        offsets (Sequence[int]): Frame offset of each group; empty returns ``x`` itself.
        fold (int): Channels in a group, ``len(offsets) * fold <= C``.
        edge (str): What to use where frame ``t + offset`` does not exist: ``'zero'``, or
            ``'keep'`` for the frame's own channels.

    Returns:
        Tensor: The shape and dtype of ``x``.

    Raises:
        ValueError: If the groups do not fit into C, or ``edge`` is unknown.
    """
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

    arguments = x, tuple(offsets), fold, edge
    if torch.compiler.is_compiling():
        return _fusible(*arguments)
    differentiated = torch.is_grad_enabled() and x.requires_grad
    return (_ChannelShift.apply if differentiated else _shifted)(*arguments)


def _shifted(x: Tensor, offsets: tuple[int, ...], fold: int, edge: str) -> Tensor:
    """Compute the equation in a clone, which has the memory layout of ``x``."""
    y = x.clone()
    for i, offset in enumerate(offsets):
        group_y, group_x = (z[..., i * fold : (i + 1) * fold] for z in (y, x))
        here, there, missing = _frames(x.shape[1], offset)
        group_y[:, here] = group_x[:, there]
        if edge == 'zero':
            group_y[:, missing] = 0
    return y


def _fusible(x: Tensor, offsets: tuple[int, ...], fold: int, edge: str) -> Tensor:
    """The same by concatenation: inductor's C++ cannot compile writes to slices.

    Inductor fuses the parts into one copy. Eager PyTorch would copy twice.
    """
    *groups, stay = x.split([fold] * len(offsets) + [x.shape[-1] - len(offsets) * fold], -1)
    moved = []
    for group, offset in zip(groups, offsets):
        _, there, missing = _frames(x.shape[1], offset)
        kept = group[:, missing]
        parts = [group[:, there], kept if edge == 'keep' else torch.zeros_like(kept)]
        moved.append(torch.cat(parts if offset >= 0 else parts[::-1], dim=1))
    return torch.cat([*moved, stay], dim=-1)


def _frames(num_frames: int, offset: int) -> tuple[slice, slice, slice]:
    """Slices: all ``t`` that have a frame ``t + offset``, those frames, the other ``t``."""
    if offset < 0:
        first = min(-offset, num_frames)
        return slice(first, None), slice(0, num_frames - first), slice(0, first)
    last = max(num_frames - offset, 0)
    return slice(0, last), slice(num_frames - last, None), slice(last, None)


class _ChannelShift(torch.autograd.Function):
    """The backward pass of a shift is the opposite shift: one copy of the gradient.

    Autograd's own backward pass would copy the gradient once for each slice.
    """

    @staticmethod
    def forward(ctx, x: Tensor, offsets: tuple[int, ...], fold: int, edge: str) -> Tensor:
        ctx.offsets, ctx.fold, ctx.edge = offsets, fold, edge
        return _shifted(x, offsets, fold, edge)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple:
        opposite = tuple(-offset for offset in ctx.offsets)
        grad_x = channel_shift(grad, opposite, ctx.fold)
        if ctx.edge == 'keep':
            for i, offset in enumerate(ctx.offsets):
                kept = _frames(grad.shape[1], offset)[2]
                group = slice(i * ctx.fold, (i + 1) * ctx.fold)
                grad_x[:, kept, ..., group] += grad[:, kept, ..., group]
        return grad_x, None, None, None
