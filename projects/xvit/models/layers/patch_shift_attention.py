"""TPS's moves around a plain ViT's attention."""

import torch
import torch.nn.functional as F
from mmpretrain.models.utils import MultiheadAttention
from torch import Tensor

from .temporal_shift import ChannelShift, PatchShift


class PatchShiftAttention(MultiheadAttention):
    """Attention inside a frame, between a move along time and its inverse.

    What :class:`TemporalWindowMSA` does in a window, on the whole patch grid of a ViT and
    without a position bias. The class token stays in its frame. Parameters and their
    names are those of mmpretrain's ``MultiheadAttention``.

    Args:
        embed_dims (int): Channels C.
        num_heads (int): Attention heads h, a divisor of C.
        shift (PatchShift | ChannelShift): The move along time.
        **kwargs: Arguments of mmpretrain's ``MultiheadAttention``.
    """

    def __init__(
        self, embed_dims: int, num_heads: int, shift: PatchShift | ChannelShift, **kwargs
    ) -> None:
        super().__init__(embed_dims, num_heads, **kwargs)
        self.shift = shift

    def forward(self, x: Tensor, num_frames: int, grid: tuple[int, int]) -> Tensor:
        """Attend inside each frame.

        Args:
            x (Tensor): ``(N * T, 1 + H * W, C)``, the class token first.
            num_frames (int): T.
            grid (tuple[int, int]): Patches H, W.

        Returns:
            Tensor: ``(N * T, 1 + H * W, C)``.
        """
        x = _move(self.shift, x, num_frames, grid)
        qkv = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attn_drop = self.attn_drop if self.training else 0.0
        x = F.scaled_dot_product_attention(*qkv, dropout_p=attn_drop)
        x = _move(self.shift.inverse, x.transpose(1, 2).flatten(2), num_frames, grid)
        return self.out_drop(self.gamma1(self.proj_drop(self.proj(x))))


def _move(move, x: Tensor, num_frames: int, grid: tuple[int, int]) -> Tensor:
    """``move`` the patches of ``(N * T, 1 + H * W, C)``, but not the class token."""
    patches = x[:, 1:].unflatten(1, tuple(grid)).unflatten(0, (-1, num_frames))
    return torch.cat([x[:, :1], move(patches).flatten(0, 1).flatten(1, 2)], dim=1)
