"""LAPS on Visformer: frames far apart attend together, near ones exchange channels."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ...ops.leap import Level
from ..hosts.visformer import VideoVisformer
from .laps import laps_moves


@MODELS.register_module()
class LAPSVisformer(VideoVisformer):
    """LAPS on timm's Visformer (Long-term Leap Attention, Short-term Periodic Shift).

    arXiv 2207.05526. Leap attention and the periodic shift of its output in the blocks of
    stages 2 and 3. The ablations: levels of ``None`` with ``shift_div=0`` are Base2D, each
    alone P-Shift and leap attention; levels ``'all'`` with ``shift_div=0`` are Base3D;
    ``shift_per_head=False`` with levels of ``None`` is the plain shift.

    Args:
        arch, img_size, num_frames: See :class:`VideoVisformer`.
        leap_levels (Sequence[Sequence[int | str | None]]): One list of levels for stage 2
            and one for stage 3. Block i of a stage uses entry ``i % len``: a level joins
            frames that are ``T // 2 ** level`` apart, ``None`` none, ``'all'`` all.
        shift_div (int): A neighbour frame gives ``d // shift_div`` of a head's d channels;
            0 shifts nothing.
        shift_per_head (bool): ``False`` cuts the shifted channels across the heads.
        **visformer_kwargs: More arguments of :class:`VideoVisformer`.

    Raises:
        TypeError: If an argument of timm's would change what is returned.
        ValueError: If an argument is out of range, ``leap_levels`` is not two flat lists,
            or ``num_frames`` is not divisible by ``2 ** level`` for one of them.
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
        if not isinstance(leap_levels, list | tuple) or len(leap_levels) != 2:
            raise ValueError(
                'leap_levels must be two lists of leap levels, for stages 2 and 3, '
                f'got {leap_levels!r}'
            )
        moves = [
            laps_moves(f'leap_levels[{i}]', levels, shift_div, shift_per_head)
            for i, levels in enumerate(leap_levels)
        ]
        super().__init__(arch, img_size, num_frames, moves, **visformer_kwargs)
