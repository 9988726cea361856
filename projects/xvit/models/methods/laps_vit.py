"""LAPS on ViT: distant frames attend together, neighbours exchange channels."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ...ops.leap import Level
from ..hosts.vit import VideoViT


@MODELS.register_module()
class LAPSViT(VideoViT):
    """LAPS on mmpretrain's ViT (Long-term Leap Attention, Short-term Periodic Shift).

    arXiv 2207.05526. Every layer has leap attention and the periodic shift (P-Shift) of its
    output. There is no temporal embedding, and there are only the image model's parameters.
    The paper's ablations:

    - Base2D: ``leap_levels=(None,), shift_div=0``;
    - Base3D: ``leap_levels=('all',), shift_div=0``;
    - leap attention alone: ``shift_div=0``;
    - P-Shift alone: ``leap_levels=(None,)``;
    - plain shift: ``leap_levels=(None,), shift_per_head=False``.

    Args:
        arch, img_size, patch_size, num_frames: See :class:`VideoViT`.
        leap_levels (Sequence[int | str | None]): Layer i uses entry ``i % len``: a level
            pairs frames that are ``T // 2 ** level`` apart, ``None`` pairs none, ``'all'``
            joins all T.
        shift_div (int): ``d // shift_div`` of a head's d channels come from each
            neighbouring frame; 0 disables the shift.
        shift_per_head (bool): ``False`` shifts the first channels of all heads together.
        **vit_kwargs: More arguments of :class:`VideoViT`.

    Raises:
        TypeError: If ``vit_kwargs`` would change the output.
        ValueError: If an argument is out of range, or ``num_frames`` is not divisible by
            ``2 ** level`` for one of the levels.
    """

    method, citation = 'LAPS', 'zhang2022long'

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        num_frames: int = 8,
        leap_levels: Sequence[Level] = (1, 2, 3, 1),
        shift_div: int = 4,
        shift_per_head: bool = True,
        **vit_kwargs,
    ) -> None:
        moves = laps_moves(leap_levels, shift_div, shift_per_head)
        super().__init__(arch, img_size, patch_size, num_frames, moves, **vit_kwargs)


def laps_moves(
    leap_levels: Sequence[Level], shift_div: int, shift_per_head: bool
) -> list[list[dict]]:
    """The moves of LAPS for any host: a leap per level, and P-Shift of the output."""
    if not leap_levels:
        raise ValueError(f'leap_levels must have at least one level, got {leap_levels!r}')
    shift = dict(type='ChannelShift', at='output', div=shift_div, per_head=shift_per_head)
    return [
        ([] if level is None else [dict(type='Leap', level=level)])
        + ([shift] if shift_div else [])
        for level in leap_levels
    ]
