"""TPS's moves in a plain ViT: all that a new host needs."""

from collections.abc import Sequence

from mmaction.registry import MODELS

from ..layers import ChannelShift, PatchShift, PatchShiftAttention, adopt
from .video_vit import VideoVisionTransformer


@MODELS.register_module()
class TPSViT(VideoVisionTransformer):
    """Temporal patch shift (TPS, arXiv 2207.13259) on mmpretrain's ``VisionTransformer``.

    Odd layers shift patches, by a mosaic over the patch grid, and put them back after
    attention; even layers shift channels. No parameter is added to the image model's,
    whose weights load as they are, mmpretrain's and timm's alike::

        init_cfg=dict(type='Pretrained', checkpoint=FILE_OR_URL, prefix='backbone.')
        init_cfg=dict(type='Pretrained', checkpoint=TIMM_FILE_OR_URL)

    Args:
        arch (str | dict): A name of mmpretrain's ``VisionTransformer``, or a dict with
            ``embed_dims``, ``num_layers``, ``num_heads``, ``feedforward_channels``.
        img_size (int | tuple): Image size of ``pos_embed``; other sizes that the patch
            size divides interpolate it.
        patch_size (int): Side of a patch in pixels.
        shift_pattern (str | Sequence[Sequence[int]]): The mosaic, ``'official'``,
            ``'bayer'`` or a matrix, see :class:`PatchShift`.
        channel_shift_div (int): One neighbour gives ``d // channel_shift_div`` of the d
            channels of a head, see :class:`ChannelShift`; 0 for no channel shift.
        **vit_kwargs: ``with_cp``, to recompute layers in the backward pass, and the
            arguments of mmpretrain's ``VisionTransformer``.

    Raises:
        TypeError: If ``vit_kwargs`` would change what is returned, or the pattern is no
            matrix of integers.
        ValueError: If an argument is out of range.
    """

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        shift_pattern: str | Sequence[Sequence[int]] = 'official',
        channel_shift_div: int = 8,
        **vit_kwargs,
    ) -> None:
        super().__init__(arch, img_size, patch_size, **vit_kwargs)
        for i, layer in enumerate(self.layers):
            attn = layer.attn
            layer.attn = adopt(
                PatchShiftAttention,
                attn,
                shift=PatchShift(shift_pattern)
                if i % 2
                else ChannelShift(attn.embed_dims, attn.num_heads, channel_shift_div),
            )

    def attention_args(self, num_frames: int, grid: tuple[int, int]) -> tuple:
        """T, and the grid that the mosaic is tiled over."""
        return num_frames, grid
