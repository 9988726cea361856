"""LAPS' attention for ViT: leap attention, then the periodic shift."""

import torch.nn.functional as F
from mmpretrain.models.utils import MultiheadAttention
from torch import Tensor

from ...ops import pair, unpair
from ...ops.leap import Level, check_level
from .periodic_shift import PeriodicShift


class LeapAttention(MultiheadAttention):
    r"""Leap attention and periodic shift in a ViT layer (LAPS, arXiv 2207.05526).

    Two frames that are ``T // 2 ** level`` apart attend as one sequence, class tokens
    too, :math:`\mathrm{softmax}(q k^T / \sqrt d)\, v` over 2S tokens, and part again;
    then :class:`PeriodicShift` mixes each head's channels from the neighbour frames,
    before the output projection. Parameters and their names are those of mmpretrain's
    ``MultiheadAttention``.

    The layer's input is paired before it is projected, so leaping costs two copies of
    ``(N * T, S, C)``, one to pair and one to part, and none where views do: for the level
    with a leap of one frame, for ``None`` and for ``'all'``. Queries, keys and values are
    never copied.

    Args:
        embed_dims (int): Channels C.
        num_heads (int): Attention heads, a divisor of C.
        level (int | str | None): Leap level, from 1; ``None`` is spatial attention,
            ``'all'`` joint attention of all T frames (the authors' Base3D).
        shift_div (int): A neighbour frame gives ``d // shift_div`` of a head's d channels;
            0 is leap attention alone.
        shift_per_head (bool): ``False`` cuts the shifted channels across the heads, from
            all C (the authors' plain shift).
        **kwargs: Arguments of mmpretrain's ``MultiheadAttention``.

    Raises:
        TypeError: If ``shift_div`` is no integer.
        ValueError: If an argument has none of the values above.
    """

    def __init__(
        self,
        embed_dims: int,
        num_heads: int,
        level: Level = 1,
        shift_div: int = 4,
        shift_per_head: bool = True,
        **kwargs,
    ) -> None:
        check_level(level)
        if embed_dims % num_heads:
            raise ValueError(
                f'embed_dims={embed_dims} must be divisible by num_heads={num_heads}'
            )
        super().__init__(embed_dims, num_heads, **kwargs)
        self.level = level
        self.shift = PeriodicShift(embed_dims, num_heads, shift_div, shift_per_head)

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """Attend in each pair of frames, then shift.

        Args:
            x (Tensor): ``(N * T, S, C)``.
            num_frames (int): T.

        Returns:
            Tensor: ``(N * T, S, C)``.

        Raises:
            ValueError: If T is not divisible by ``2 ** level``.
        """
        qkv = self.qkv(pair(x, num_frames, self.level))
        qkv = qkv.unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attn_drop = self.attn_drop if self.training else 0.0
        x = F.scaled_dot_product_attention(*qkv.unbind(0), dropout_p=attn_drop)
        x = unpair(x.transpose(1, 2).flatten(2), num_frames, self.level)
        x = self.proj(self.shift(x, num_frames))
        return self.out_drop(self.gamma1(self.proj_drop(x)))
