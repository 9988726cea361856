"""LAPS' attention for Visformer: leap attention, then the periodic shift, on maps."""

import torch.nn.functional as F
from timm.models.visformer import Attention
from torch import Tensor, nn

from ...ops import pair, unpair
from ...ops.leap import Level, check_level
from .periodic_shift import PeriodicShift


class VisformerLeapAttention(Attention):
    """Leap attention and periodic shift in a Visformer block (LAPS, arXiv 2207.05526).

    The same moves as in :class:`LeapAttention`, on feature maps: the tokens are a map's
    pixels, the projections 1 x 1 convolutions, and there is no class token. Parameters
    and their names are those of timm's ``Attention``.

    A frame's map is copied twice: channels last, so that a pixel's channels lie together
    for attention (this copy also pairs), and to part. The second is left out where a view
    does: for the level with a leap of one frame, for ``None`` and for ``'all'``; so is the
    first, if the map comes channels last. Queries, keys and values, which timm copies,
    are not copied. The result's memory is channels last.

    Args:
        dim (int): Channels C.
        num_heads (int): Attention heads.
        level (int | str | None): Leap level, from 1; ``None`` is spatial attention,
            ``'all'`` joint attention of all T frames (the authors' Base3D).
        shift_div (int): A neighbour frame gives ``d // shift_div`` of a head's d channels;
            0 is leap attention alone.
        shift_per_head (bool): ``False`` cuts the shifted channels across the heads (the
            authors' plain shift).
        **kwargs: Arguments of timm's ``Attention``.

    Raises:
        TypeError: If ``shift_div`` is no integer.
        ValueError: If an argument has none of the values above.
    """

    def __init__(
        self,
        dim: int,
        num_heads: int,
        level: Level = 1,
        shift_div: int = 4,
        shift_per_head: bool = True,
        **kwargs,
    ) -> None:
        check_level(level)
        super().__init__(dim, num_heads, **kwargs)
        self.level = level
        channels = self.head_dim * num_heads
        self.shift = PeriodicShift(channels, num_heads, shift_div, shift_per_head)

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """Attend in each pair of frames, then shift.

        Args:
            x (Tensor): ``(N * T, C, H, W)``.
            num_frames (int): T.

        Returns:
            Tensor: ``(N * T, C, H, W)``.

        Raises:
            ValueError: If T is not divisible by ``2 ** level``.
        """
        size = x.shape[2:]
        x = pair(x.flatten(2).transpose(1, 2), num_frames, self.level).contiguous()
        qkv = _on_tokens(self.qkv, x)
        qkv = qkv.unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attn_drop = self.attn_drop.p if self.training else 0.0
        x = F.scaled_dot_product_attention(*qkv.unbind(0), dropout_p=attn_drop)
        x = unpair(x.transpose(1, 2).flatten(2), num_frames, self.level)
        x = self.shift(x, num_frames)
        x = self.proj(x.transpose(1, 2).unflatten(-1, size))
        return self.proj_drop(x)


def _on_tokens(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """A 1 x 1 convolution on tokens ``(B, S, C)``, seen as a map one pixel high.

    The view has the strides of a channels-last map, which convolutions keep.
    """
    return conv(x.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)
