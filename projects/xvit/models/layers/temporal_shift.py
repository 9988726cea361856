"""TPS's two moves as layers: what is shown to attention, and how it is put back."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ...ops import as_mosaic, channel_shift, patch_shift
from ..checks import check_integer


class PatchShift(nn.Module):
    """The move of odd blocks: patches of other frames, put back after attention.

    Args:
        pattern (str | Sequence[Sequence[int]]): A name of ``ops.MOSAICS``, or a matrix of
            integers: how many frames the patches of each cell travel forward.

    Raises:
        ValueError, TypeError: If the pattern is no mosaic, see :func:`as_mosaic`.
    """

    def __init__(self, pattern: str | Sequence[Sequence[int]]) -> None:
        super().__init__()
        with torch.device('cpu'):  # Of a model built on the meta device too.
            self.pattern = tuple(map(tuple, as_mosaic(pattern).tolist()))
        self.register_buffer('mosaic', as_mosaic(self.pattern), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, H, W, C)`` -> ``(N, T, H, W, C)``."""
        return patch_shift(x, self.mosaic)

    def inverse(self, x: Tensor) -> Tensor:
        """``(N, T, H, W, C)`` -> ``(N, T, H, W, C)``."""
        return patch_shift(x, self.mosaic, inverse=True)


class ChannelShift(nn.Module):
    """The move of even blocks: channels of the neighbour frames, not put back.

    Inside each head, the first ``d // shift_div`` of its d channels come from frame t-1
    and as many from t+1; the first and the last frame keep their own where there is none.

    Args:
        embed_dims (int): Channels C.
        num_heads (int): Attention heads h, a divisor of C.
        shift_div (int): One neighbour gives ``d // shift_div`` channels; 0 for no shift.

    Raises:
        ValueError: If ``num_heads`` does not divide C, or ``shift_div`` is out of range.
    """

    def __init__(self, embed_dims: int, num_heads: int, shift_div: int) -> None:
        super().__init__()
        if embed_dims % num_heads:
            raise ValueError(
                f'embed_dims={embed_dims} must be divisible by num_heads={num_heads}'
            )
        check_integer('channel_shift_div', shift_div)
        head_dims = embed_dims // num_heads
        if shift_div and not 2 <= shift_div <= head_dims:
            raise ValueError(
                f'channel_shift_div must be 0 or between 2 and {head_dims}, the channels '
                f'of a head, got {shift_div}'
            )
        self.num_heads = num_heads
        self.fold = head_dims // shift_div if shift_div else 0
        # Every patch shows its own frame: what windows and bias ask of both moves.
        self.pattern = ((0,),)
        self.register_buffer('mosaic', as_mosaic(self.pattern), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, T, H, W, C)`` -> ``(N, T, H, W, C)``."""
        if not self.fold:
            return x
        heads = x.unflatten(-1, (self.num_heads, -1))
        return channel_shift(heads, (-1, 1), self.fold, edge='keep').flatten(-2)

    def inverse(self, x: Tensor) -> Tensor:
        """The channels stay where they went."""
        return x
