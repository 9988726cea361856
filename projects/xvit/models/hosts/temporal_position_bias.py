"""Relative position bias of windows whose patches come from several frames."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.utils.weak import WeakTensorKeyDictionary

# The table has rows for offsets of -15 ... 15 frames, however long the clip.
MAX_FRAMES = 16
NUM_OFFSETS = 2 * MAX_FRAMES - 1
MODES = ('official', 'relative')

# table -> (what the bias was computed from, the bias); outside of the modules, which stay
# as they are between calls.
_kept = WeakTensorKeyDictionary()


def temporal_position_bias(
    table: Tensor, cell_index: Tensor, shown: Tensor, mode: str
) -> Tensor:
    r"""What is added to the attention scores of one window.

    The row for query n and key l of frame t is that of :math:`(dt, dh, dw)`, the last two
    as in Swin. With :math:`s(t, n)` the frame that cell n shows, ``mode='relative'`` has
    the true offset :math:`dt = s(t, n) - s(t, l)`. ``'official'`` has
    :math:`s(t, n) - s(0, l)`, the key's frame always taken at t = 0, as in the authors'
    code: their weights were trained so.

    Args:
        table (Tensor): ``(31 * M, heads)``: M rows for each of the offsets -15 ... 15.
        cell_index (Tensor): ``(L, L)``, the row in 0 ... M-1 for two cells: Swin's index.
        shown (Tensor): ``(T, L)``, the frame that each cell shows.
        mode (str): ``'official'`` or ``'relative'``.

    Returns:
        Tensor: ``(T, heads, L, L)``, gathered at once.
    """
    shown_by_keys = shown[:1] if mode == 'official' else shown
    offsets = shown[:, :, None] - shown_by_keys[:, None, :]
    rows_per_offset = table.shape[0] // NUM_OFFSETS
    index = (offsets + MAX_FRAMES - 1) * rows_per_offset + cell_index
    return table[index].permute(0, 3, 1, 2).contiguous()


def evaluate_once(table: Tensor, num_frames: int, compute: Callable[[], Tensor]) -> Tensor:
    """``compute()``, or without gradients what it gave for this table and length before.

    The table's version counter tells of changes made in place. Nothing is kept under
    ``torch.compile`` and ``torch.export``, where the gather is part of the graph.

    Args:
        table (Tensor): What the bias is made of; one bias is kept for each table.
        num_frames (int): T.
        compute (Callable): Makes the bias.

    Returns:
        Tensor: The bias.
    """
    if torch.is_grad_enabled() or torch.compiler.is_compiling() or table.is_inference():
        return compute()
    state = (num_frames, table._version, table.data_ptr(), table.dtype)
    kept = _kept.get(table)
    if kept is None or kept[0] != state:
        kept = _kept[table] = (state, compute())
    return kept[1]


def forget(table: Tensor) -> None:
    """Drop what is kept: changes through ``table.data`` leave no trace in the version."""
    _kept.pop(table, None)
