"""TPS's window attention: Swin's, between a move along time and its inverse."""

import torch
import torch.nn.functional as F
from mmpretrain.models.utils import ShiftWindowMSA, WindowMSA
from torch import Tensor, nn

from ...ops import shown_frames
from ..checks import check_choice
from .temporal_position_bias import (
    MAX_FRAMES,
    MODES,
    NUM_OFFSETS,
    evaluate_once,
    forget,
    temporal_position_bias,
)
from .temporal_shift import ChannelShift, PatchShift


class TemporalWindowMSA(WindowMSA):
    r"""Window attention of TPS (arXiv 2207.13259, section 3.2).

    :math:`S^{-1}(\mathrm{softmax}(q k^T / \sqrt d + B_t)\, v)` with q, k, v projected
    from the moved window :math:`S(x)`; the inverse comes before the output projection.
    Parameters and their names are those of mmpretrain's ``WindowMSA``, with 31 times the
    rows in the bias table.

    Args:
        embed_dims (int): Channels C.
        window_size (tuple[int, int]): Height and width of the window.
        num_heads (int): Attention heads h, a divisor of C.
        shift (PatchShift | ChannelShift): The move along time.
        temporal_bias (str): How a frame's offset is taken, see
            :func:`temporal_position_bias`.
        **kwargs: Arguments of mmpretrain's ``WindowMSA``.

    Raises:
        ValueError: If ``temporal_bias`` is unknown.
    """

    def __init__(
        self,
        embed_dims: int,
        window_size: tuple[int, int],
        num_heads: int,
        shift: PatchShift | ChannelShift,
        temporal_bias: str = 'official',
        **kwargs,
    ) -> None:
        check_choice('temporal_bias', temporal_bias, MODES)
        super().__init__(embed_dims, window_size, num_heads, **kwargs)
        self.shift = shift
        self.temporal_bias = temporal_bias
        table = self.relative_position_bias_table
        self.relative_position_bias_table = nn.Parameter(table.repeat(NUM_OFFSETS, 1))
        # Not in checkpoints: it follows from the window.
        self.register_buffer(
            'relative_position_index', self.relative_position_index, persistent=False
        )

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend inside each window of each frame.

        Args:
            x (Tensor): ``(N * windows, T, Wh, Ww, C)``.
            mask (Tensor, optional): ``(windows, L, L)``, L = Wh * Ww, added to the scores.

        Returns:
            Tensor: ``(N * windows, T, Wh, Ww, C)``.

        Raises:
            ValueError: If T is over 16, for which the table has no rows.
        """
        shape = x.shape
        bias = self._bias(shape[1]).flatten(0, 1)
        if mask is not None:
            bias = (bias + mask[:, None]).flatten(0, 1)

        # Bias and mask repeat from clip to clip, so frames, and windows if masked, stand
        # beside the heads: (N, windows * T * h, L, d).
        qkv = self.qkv(self.shift(x)).flatten(2, 3)
        qkv = qkv.unflatten(-1, (3, self.num_heads, -1)).permute(3, 0, 1, 4, 2, 5)
        q, k, v = qkv.reshape(3, -1, *bias.shape[:2], qkv.shape[-1])
        attn_drop = self.attn_drop.p if self.training else 0.0
        x = F.scaled_dot_product_attention(
            q, k, v, attn_mask=bias[None], dropout_p=attn_drop, scale=self.scale
        )
        x = x.reshape(*shape[:2], self.num_heads, -1, x.shape[-1]).transpose(2, 3)
        x = self.shift.inverse(x.reshape(shape))
        return self.proj_drop(self.proj(x))

    def train(self, mode: bool = True) -> 'TemporalWindowMSA':
        """Also forget the bias: hooks that swap weights do so before they switch."""
        forget(self.relative_position_bias_table)
        return super().train(mode)

    def _bias(self, num_frames: int) -> Tensor:
        """``(T, h, L, L)``."""
        if num_frames > MAX_FRAMES:
            raise ValueError(
                f'the relative position bias has rows for at most {MAX_FRAMES} token '
                f'frames (frames / temporal patch size), got {num_frames}'
            )

        def compute() -> Tensor:
            shown = shown_frames(self.shift.mosaic, num_frames, *self.window_size)
            return temporal_position_bias(
                self.relative_position_bias_table,
                self.relative_position_index,
                shown.flatten(1),
                self.temporal_bias,
            )

        return evaluate_once(self.relative_position_bias_table, num_frames, compute)


class TemporalShiftWindowMSA(ShiftWindowMSA):
    """Swin's padding, cyclic shift and windows, around :class:`TemporalWindowMSA`.

    Zeros pad the map on the right and at the bottom, and take part. A side no longer than
    the window gets no cyclic shift.

    Args:
        *args: Arguments of mmpretrain's ``ShiftWindowMSA``.
        **kwargs: As well, and those of :class:`TemporalWindowMSA`.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, window_msa=TemporalWindowMSA, **kwargs)

    def forward(self, query: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """Attend inside the windows of each frame.

        Args:
            query (Tensor): ``(N * T, H * W, C)``.
            grid (tuple[int, int, int]): T, H, W.

        Returns:
            Tensor: ``(N * T, H * W, C)``.
        """
        num_frames, height, width = grid
        window = self.window_size
        x = query.view(-1, num_frames, height, width, query.shape[-1])
        if height % window or width % window:
            x = F.pad(x, (0, 0, 0, -width % window, 0, -height % window))
        sides = x.shape[2:4]
        shifts = [self.shift_size if side > window else 0 for side in (height, width)]
        mask = None
        if any(shifts):
            x = x.roll([-shift for shift in shifts], dims=(2, 3))
            mask = cyclic_shift_mask(sides, shifts, window, x)

        windows = x.unflatten(3, (-1, window)).unflatten(2, (-1, window))
        windows = windows.permute(0, 2, 4, 1, 3, 5, 6)
        num_clips, rows, columns = windows.shape[:3]
        x = self.w_msa(windows.flatten(0, 2), mask)
        x = x.unflatten(0, (num_clips, rows, columns)).permute(0, 3, 1, 4, 2, 5, 6)
        x = x.reshape(num_clips, num_frames, *sides, -1)

        if any(shifts):
            x = x.roll(shifts, dims=(2, 3))
        return self.drop(x[:, :, :height, :width].reshape(query.shape))


def cyclic_shift_mask(
    sides: tuple[int, int], shifts: tuple[int, int], window: int, like: Tensor
) -> Tensor:
    """Keep apart what only the cyclic shift made neighbours: Swin's mask.

    Args:
        sides (tuple[int, int]): Height and width, multiples of ``window``.
        shifts (tuple[int, int]): By how much each was rolled towards its start, or 0.
        window (int): Side of the window.
        like (Tensor): Gives dtype and device.

    Returns:
        Tensor: ``(windows, L, L)`` with 0 and -100, L = ``window**2``.
    """
    row, column = (
        # Whether a place holds what was rolled over the edge; nothing, if nothing was.
        torch.arange(side, device=like.device) >= (side - shift if shift else side)
        for side, shift in zip(sides, shifts)
    )
    region = 2 * row[:, None] + column.int()
    region = region.unflatten(1, (-1, window)).unflatten(0, (-1, window))
    region = region.transpose(1, 2).flatten(2).flatten(0, 1)
    apart = region[:, :, None] != region[:, None, :]
    return torch.zeros_like(apart, dtype=like.dtype).masked_fill(apart, -100.0)
