"""Relative position bias of windows whose patches come from several frames."""

import torch.nn.functional as F
from torch import Tensor

# The table has rows for offsets of -15 ... 15 frames, however long the clip.
MAX_FRAMES = 16
NUM_OFFSETS = 2 * MAX_FRAMES - 1
MODES = ('official', 'relative')


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
    return F.embedding(index.int(), table).permute(0, 3, 1, 2).contiguous()
