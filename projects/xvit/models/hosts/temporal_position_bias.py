"""Relative position bias of windows whose patches come from several frames."""

import torch.nn.functional as F
from torch import Tensor

# The table has rows for offsets of -15 ... 15 frames, for any clip length.
MAX_FRAMES = 16
NUM_OFFSETS = 2 * MAX_FRAMES - 1
MODES = ('official', 'relative')


def temporal_position_bias(
    table: Tensor, cell_index: Tensor, shown: Tensor, mode: str
) -> Tensor:
    r"""Compute the bias that is added to the attention scores of one window.

    Query n and key l of frame t use the row for the offset :math:`(dt, dh, dw)`, with dh
    and dw as in Swin. Cell n holds a patch of frame :math:`s(t, n)`. ``mode='relative'``
    uses the true offset :math:`dt = s(t, n) - s(t, l)`. ``'official'`` uses :math:`dt =
    s(t, n) - s(0, l)`, as the authors' code does: their weights were trained with it.

    Args:
        table (Tensor): ``(31 * M, heads)``: M rows for each of the offsets -15 ... 15.
        cell_index (Tensor): ``(L, L)``, Swin's index of each pair of cells, in 0 ... M-1.
        shown (Tensor): ``(T, L)``, the frame s that each cell's patch comes from.
        mode (str): ``'official'`` or ``'relative'``.

    Returns:
        Tensor: ``(T, heads, L, L)``.
    """
    shown_by_keys = shown[:1] if mode == 'official' else shown
    offsets = shown[:, :, None] - shown_by_keys[:, None, :]
    rows_per_offset = table.shape[0] // NUM_OFFSETS
    index = (offsets + MAX_FRAMES - 1) * rows_per_offset + cell_index
    return F.embedding(index.int(), table).permute(0, 3, 1, 2).contiguous()
