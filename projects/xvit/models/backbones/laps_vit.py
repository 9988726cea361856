"""LAPS on ViT: frames far apart attend together, near ones exchange channels."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ...ops.leap import Level, leap_grid
from ..checks import check_positive
from ..layers import LeapAttention, adopt
from .checks import check_leap_levels
from .video_vit import VideoVisionTransformer


@MODELS.register_module()
class LAPSViT(VideoVisionTransformer):
    """LAPS on mmpretrain's ViT (Long-term Leap Attention, Short-term Periodic Shift).

    arXiv 2207.05526. mmpretrain's ``VisionTransformer`` on each frame, with
    :class:`LeapAttention` in every layer and no temporal embedding; it has the image
    model's parameters and no others. The ablations: ``leap_levels=(None,)`` with
    ``shift_div=0`` is Base2D, each alone P-Shift and leap attention;
    ``leap_levels=('all',)`` with ``shift_div=0`` is Base3D; ``shift_per_head=False`` with
    ``leap_levels=(None,)`` is the plain shift.

    ImageNet weights load as they are, mmpretrain's and timm's alike::

        init_cfg=dict(type='Pretrained', checkpoint=FILE_OR_URL, prefix='backbone.')
        init_cfg=dict(type='Pretrained', checkpoint=TIMM_FILE_OR_URL)

    Args:
        arch (str | dict): A name of mmpretrain's ``VisionTransformer``, or a dict with
            ``embed_dims``, ``num_layers``, ``num_heads``, ``feedforward_channels``.
        img_size (int | tuple): Image size of ``pos_embed``; other sizes that the patch
            size divides interpolate it.
        patch_size (int): Side of a patch in pixels.
        num_frames (int): Frames T of the clips to come, checked against the levels; any
            other T that they allow can be given too.
        leap_levels (Sequence[int | str | None]): Layer i uses entry ``i % len``: a level
            joins frames that are ``T // 2 ** level`` apart, ``None`` none, ``'all'`` all.
        shift_div (int): A neighbour frame gives ``d // shift_div`` of a head's d channels;
            0 shifts nothing.
        shift_per_head (bool): ``False`` cuts the shifted channels across the heads.
        **vit_kwargs: ``with_cp``, to recompute layers in the backward pass, and the
            arguments of mmpretrain's ``VisionTransformer``, such as ``drop_path_rate``,
            ``frozen_stages`` and ``init_cfg``.

    Raises:
        TypeError: If ``vit_kwargs`` would change what is returned.
        ValueError: If an argument is out of range, ``leap_levels`` is no flat list, or
            ``num_frames`` is not divisible by ``2 ** level`` for one of them.
    """

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
        check_leap_levels(leap_levels)
        check_positive('num_frames', num_frames)
        super().__init__(arch, img_size, patch_size, **vit_kwargs)
        for i, layer in enumerate(self.layers):
            layer.attn = adopt(
                LeapAttention,
                layer.attn,
                level=leap_levels[i % len(leap_levels)],
                shift_div=shift_div,
                shift_per_head=shift_per_head,
            )
        self.check_num_frames(num_frames)

    def check_num_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if a layer's level cannot pair this many frames."""
        for layer in self.layers:
            leap_grid(num_frames, layer.attn.level)
