"""LAPS' short-term move: channels of the attention output come from neighbour frames."""

from torch import Tensor, nn

from ...ops import channel_shift
from ..checks import check_flag, check_integer


class PeriodicShift(nn.Module):
    """P-Shift of LAPS (arXiv 2207.05526): a channel shift in every attention head.

    Inside each head's d channels, ``[0, g)`` come from frame t+1 and ``[g, 2g)`` from
    t-1, ``g = d // shift_div``; the rest stay, and a missing frame gives zeros. It has no
    parameters.

    Args:
        channels (int): Channels C of the attention output.
        num_heads (int): Attention heads, a divisor of C.
        shift_div (int): A neighbour gives ``d // shift_div`` channels of a head; 0 shifts
            nothing.
        per_head (bool): ``False`` cuts the groups once, across the heads, from all C
            channels: the authors' "plain shift".

    Raises:
        TypeError: If ``shift_div`` is no integer.
        ValueError: If the two groups are empty or do not fit into the channels.
    """

    def __init__(
        self, channels: int, num_heads: int, shift_div: int, per_head: bool = True
    ) -> None:
        super().__init__()
        check_integer('shift_div', shift_div)
        check_flag('shift_per_head', per_head)
        self.num_cuts = num_heads if per_head else 1
        cut = channels // self.num_cuts
        if shift_div != 0 and not 2 <= shift_div <= cut:
            raise ValueError(
                f'shift_div must be 0 or between 2, the neighbours, and {cut}, the '
                f'channels {"of a head" if per_head else "in all"}, got {shift_div}'
            )
        self.fold = cut // shift_div if shift_div else 0

    def forward(self, x: Tensor, num_frames: int) -> Tensor:
        """Shift ``(N * T, S, C)`` of T = ``num_frames`` frames; the shape stays."""
        if not self.fold:
            return x
        cut = x.unflatten(0, (-1, num_frames)).unflatten(-1, (self.num_cuts, -1))
        return channel_shift(cut, (1, -1), self.fold).view(x.shape)

    def extra_repr(self) -> str:
        return f'num_cuts={self.num_cuts}, fold={self.fold}'
