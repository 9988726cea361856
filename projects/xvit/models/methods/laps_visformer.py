"""LAPS on Visformer: distant frames attend together, neighbours exchange channels."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ...ops.leap import Level
from ..hosts.visformer import VideoVisformer
from .laps_vit import laps_moves


@MODELS.register_module()
class LAPSVisformer(VideoVisformer):
    """LAPS on timm's Visformer (Long-term Leap Attention, Short-term Periodic Shift).

    arXiv 2207.05526. The blocks of stages 2 and 3 have leap attention and the periodic
    shift of its output. The ablations are those of :class:`LAPSViT`.

    Args:
        arch, img_size, num_frames: See :class:`VideoVisformer`.
        leap_levels (Sequence[Sequence[int | str | None]]): One list of levels for stage 2
            and one for stage 3, repeated over the blocks of the stage.
        shift_div, shift_per_head: See :class:`LAPSViT`.
        **visformer_kwargs: More arguments of :class:`VideoVisformer`.

    Raises:
        TypeError: If an argument of timm's would change the output.
        ValueError: If an argument is out of range, or ``num_frames`` is not divisible by
            ``2 ** level`` for one of the levels.
    """

    method, citation = 'LAPS', 'zhang2022long'

    def __init__(
        self,
        arch: str | dict = 'small',
        img_size: int | tuple[int, int] = 224,
        num_frames: int = 8,
        leap_levels: Sequence[Sequence[Level]] = ((1, 2, 3, 1), (2, 3, 1, 2)),
        shift_div: int = 4,
        shift_per_head: bool = True,
        **visformer_kwargs,
    ) -> None:
        moves = [laps_moves(levels, shift_div, shift_per_head) for levels in leap_levels]
        super().__init__(arch, img_size, num_frames, moves, **visformer_kwargs)
