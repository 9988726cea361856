"""LAPS on ViT: frames far apart attend together, near ones exchange channels."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ...ops.leap import Level
from ..hosts.vit import VideoViT
from .laps import laps_moves


@MODELS.register_module()
class LAPSViT(VideoViT):
    """LAPS on mmpretrain's ViT (Long-term Leap Attention, Short-term Periodic Shift).

    arXiv 2207.05526. Leap attention and the periodic shift of its output in every layer,
    no temporal embedding; it has the image model's parameters and no others. The
    ablations: ``leap_levels=(None,)`` with ``shift_div=0`` is Base2D, each alone P-Shift
    and leap attention; ``leap_levels=('all',)`` with ``shift_div=0`` is Base3D;
    ``shift_per_head=False`` with ``leap_levels=(None,)`` is the plain shift.

    Args:
        arch, img_size, patch_size, num_frames: See :class:`VideoViT`.
        leap_levels (Sequence[int | str | None]): Layer i uses entry ``i % len``: a level
            joins frames that are ``T // 2 ** level`` apart, ``None`` none, ``'all'`` all.
        shift_div (int): A neighbour frame gives ``d // shift_div`` of a head's d channels;
            0 shifts nothing.
        shift_per_head (bool): ``False`` cuts the shifted channels across the heads.
        **vit_kwargs: More arguments of :class:`VideoViT`.

    Raises:
        TypeError: If ``vit_kwargs`` would change what is returned.
        ValueError: If an argument is out of range, ``leap_levels`` is no flat list, or
            ``num_frames`` is not divisible by ``2 ** level`` for one of them.
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
        moves = laps_moves('leap_levels', leap_levels, shift_div, shift_per_head)
        super().__init__(arch, img_size, patch_size, num_frames, moves, **vit_kwargs)
