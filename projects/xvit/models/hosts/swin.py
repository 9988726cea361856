"""TPS's window attention: Swin's, with a channel shift or a patch shift."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmpretrain.models.utils import ShiftWindowMSA, WindowMSA
from torch import Tensor, nn

from ...checks import check_choice
from ...ops import as_mosaic, reorder, shown_frames
from ..moves import ChannelShift, PatchShift
from .temporal_position_bias import MODES, NUM_OFFSETS, temporal_position_bias
from .window_order import window_order


class TemporalWindowMSA(WindowMSA):
    r"""Window attention of TPS (arXiv 2207.13259, section 3.2).

    :math:`S^{-1}(\mathrm{softmax}(q k^T / \sqrt d + B_t)\, v)` with q, k, v projected
    from the shifted window :math:`S(x)`, then an output projection. A channel shift happens
    here and is not undone. :class:`TemporalShiftWindowMSA` shifts patches and puts them
    back. Parameters and their names are those of mmpretrain's ``WindowMSA``, with 31 times
    the rows in the bias table.
    """

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Attend inside each window of each frame.

        Args:
            x (Tensor): ``(N * windows, L, T, C)``, L = Wh * Ww, patches already shifted.
            mask (Tensor, optional): ``(windows, L, L)``, added to the scores.

        Returns:
            Tensor: ``(N * windows, L, T, C)``, the patches still shifted.
        """
        if isinstance(self.shift, ChannelShift):
            frames = x.transpose(1, 2).unflatten(-1, (self.num_heads, -1))
            x = self.shift.shift_frames(frames).flatten(-2).transpose(1, 2)
        return self.attend(*self.project(x), mask, x.shape)

    def attend(
        self, q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, shape: torch.Size
    ) -> Tensor:
        """Attend with the bias, and project the output.

        Args:
            q, k, v (Tensor): ``(N * windows, T * h, L, d)``, from :meth:`project`.
            mask (Tensor, optional): ``(windows, L, L)``, added to the scores.
            shape (torch.Size): Shape of the result, ``(N * windows, L, T, C)``.
        """
        # Frames join the head axis, so that the bias broadcasts over the windows.
        bias = self._bias(shape[2]).flatten(0, 1)[None]
        heads = q.shape[1]
        if mask is not None:
            bias = bias + mask[:, None]
            # The mask differs between windows but not between clips, so windows join too.
            # One clip needs no copy, but an exported model must run with any number.
            if torch.compiler.is_compiling() or shape[0] > len(mask):
                q, k, v = (z.unflatten(0, (-1, len(mask))).flatten(1, 2) for z in (q, k, v))
                bias = bias.flatten(0, 1)[None]
        attn_drop = self.attn_drop.p if self.training else 0.0
        attended = F.scaled_dot_product_attention(
            q, k, v, attn_mask=bias, dropout_p=attn_drop, scale=self.scale
        )
        attended = attended.reshape(shape[0], heads, *q.shape[2:]).transpose(1, 2)
        # The projection acts on each patch alone, so patches can be put back after it.
        return self.proj_drop(self.proj(attended.reshape(shape)))

    def project(self, x: Tensor) -> list[Tensor]:
        """Queries, keys and values ``(B, T * h, L, d)`` of ``(B, L, T, C)``."""
        if torch.is_grad_enabled() or type(self.qkv) is not nn.Linear:
            # One joint projection has the cheaper backward pass. q, k and v are copied
            # separately, so that v does not keep q and k in memory.
            qkv = self.qkv(x).unflatten(-1, (3, self.num_heads, -1))
            return [z.flatten(1, 2) for z in qkv.permute(3, 0, 2, 4, 1, 5).unbind()]
        # Without gradients: fused attention takes views of three separate projections.
        weights, biases = self.qkv.weight.chunk(3), (None,) * 3
        if self.qkv.bias is not None:
            biases = self.qkv.bias.chunk(3)
        projected = (F.linear(x, w, b) for w, b in zip(weights, biases))
        heads = (-1, self.embed_dims // self.num_heads)
        return [z.flatten(2).unflatten(2, heads).transpose(1, 2) for z in projected]

    def _bias(self, num_frames: int) -> Tensor:
        """The position bias, ``(T, h, L, L)``."""
        shown = shown_frames(self.mosaic, num_frames, *self.window_size)
        return temporal_position_bias(
            self.relative_position_bias_table,
            self.relative_position_index,
            shown.flatten(1),
            self.temporal_bias,
        )


class TemporalShiftWindowMSA(ShiftWindowMSA):
    """Swin's padding, cyclic shift and windows, around :class:`TemporalWindowMSA`.

    One gather does cyclic shift, windows and mosaic; another undoes them. The map is padded
    with zeros on the right and at the bottom, and the padding takes part in attention. A
    side no longer than the window gets no cyclic shift.
    """

    def forward(self, query: Tensor, grid: tuple[int, int, int]) -> Tensor:
        """Attend inside the windows of each frame.

        Args:
            query (Tensor): ``(N, T * H * W, C)``.
            grid (tuple[int, int, int]): T, H, W.

        Returns:
            Tensor: ``(N, T * H * W, C)``.
        """
        num_frames, height, width = grid
        window = self.window_size
        x = query.view(-1, num_frames, height, width, query.shape[-1])
        if height % window or width % window:
            x = F.pad(x, (0, 0, 0, -width % window, 0, -height % window))
        padded, sides = x.shape, x.shape[2:4]
        shifts = [self.shift_size if side > window else 0 for side in (height, width)]
        order, inverse = window_order(padded[1:4], shifts, window, self.w_msa.mosaic)
        mask = None
        if any(shifts):
            places = order.view(-1, window**2, num_frames)[..., 0] % sides.numel()
            mask = cyclic_shift_mask(places, shifts, sides[1]).to(x.dtype)
        x = reorder(x.flatten(1, 3), order, inverse)
        x = self.w_msa(x.view(-1, window**2, num_frames, x.shape[-1]), mask)
        x = reorder(x.view(padded[0], *order.shape, -1), inverse, order)
        x = x.view(padded)[:, :, :height, :width].reshape(query.shape)
        return self.drop(x)


def set_shift(
    attn: ShiftWindowMSA, shift: PatchShift | ChannelShift | None, temporal_bias: str
) -> None:
    """Turn a Swin block's attention into TPS's, in place, with a temporal move.

    Its bias table is repeated for every temporal offset. ``temporal_bias`` is the mode of
    :func:`temporal_position_bias`.
    """
    check_choice('temporal_bias', temporal_bias, MODES)
    attn.__class__, w_msa = TemporalShiftWindowMSA, attn.w_msa
    w_msa.__class__ = TemporalWindowMSA
    w_msa.shift = shift
    w_msa.temporal_bias = temporal_bias
    # Without a patch shift every patch stays in its own frame.
    pattern = shift.pattern if isinstance(shift, PatchShift) else ((0,),)
    w_msa.register_buffer('mosaic', as_mosaic(pattern), persistent=False)
    table, index = w_msa.relative_position_bias_table, w_msa.relative_position_index
    w_msa.relative_position_bias_table = nn.Parameter(table.data.repeat(NUM_OFFSETS, 1))
    # Not saved in checkpoints, because it follows from the window size.
    w_msa.register_buffer('relative_position_index', index, persistent=False)


def cyclic_shift_mask(places: Tensor, shifts: Sequence[int], width: int) -> Tensor:
    """Swin's mask between patches that are neighbours only due to the cyclic shift.

    Args:
        places (Tensor): ``(windows, L)``, each patch's row-major index on the map.
        shifts (Sequence[int]): By how many patches the map was rolled up and left.
        width (int): W.

    Returns:
        Tensor: ``(windows, L, L)``, 0 or -100.
    """
    # A patch wrapped around if it comes from one of the first rows or columns.
    region = 2 * (places // width < shifts[0]) + (places % width < shifts[1])
    return (region[:, :, None] != region[:, None, :]) * -100.0
