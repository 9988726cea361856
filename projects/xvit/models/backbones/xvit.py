"""X-ViT: an image ViT whose attention reads its neighbour frames."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ..checks import check_positive
from ..layers import SpaceTimeMixingAttention, adopt
from .video_vit import VideoVisionTransformer


@MODELS.register_module()
class XViT(VideoVisionTransformer):
    r"""X-ViT (Space-time Mixing Attention for Video Transformer, arXiv 2106.05968).

    mmpretrain's ``VisionTransformer`` on each frame, with a temporal embedding added to
    all tokens of a frame and :class:`SpaceTimeMixingAttention` in every layer. Its
    parameters but ``temporal_embed`` are the image model's, and so is its cost.

    ImageNet weights load as they are, mmpretrain's and timm's alike::

        init_cfg=dict(type='Pretrained', checkpoint=FILE_OR_URL, prefix='backbone.')
        init_cfg=dict(type='Pretrained', checkpoint=TIMM_FILE_OR_URL)

    Args:
        arch (str | dict): A name of mmpretrain's ``VisionTransformer``, or a dict with
            ``embed_dims``, ``num_layers``, ``num_heads``, ``feedforward_channels``.
        img_size (int | tuple): Image size of ``pos_embed``; other sizes that the patch
            size divides interpolate it.
        patch_size (int): Side of a patch in pixels.
        num_frames (int): Frames of ``temporal_embed``; other clip lengths interpolate it.
        window (int): Neighbour frames on each side; 0 is the spatial-only baseline.
        shift_div (int): One neighbour gives ``C // shift_div`` channels.
        mix_targets (Sequence[str]): What is mixed, from ``'x'``, ``'k'``, ``'v'``.
        mix_span (int, optional): The clip is cut into runs of this many frames, that do
            not see each other and share a ``temporal_embed`` of this many entries (8 in
            the authors' 16-frame Kinetics models).
        mix_per_head (bool): Cut the channels inside each head instead of across heads.
        summary_tokens (bool): Append the frames' averages to all keys and values.
        **vit_kwargs: ``with_cp``, to recompute layers in the backward pass, and the
            arguments of mmpretrain's ``VisionTransformer``, such as ``drop_path_rate``,
            ``frozen_stages`` and ``init_cfg``.

    Raises:
        TypeError: If ``vit_kwargs`` would change what is returned.
        ValueError: If an argument is out of range, see also
            :class:`SpaceTimeMixingAttention`.
    """

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        num_frames: int = 16,
        window: int = 1,
        shift_div: int = 4,
        mix_targets: Sequence[str] = ('k', 'v'),
        mix_span: int | None = None,
        mix_per_head: bool = False,
        summary_tokens: bool = False,
        **vit_kwargs,
    ) -> None:
        check_positive('num_frames', num_frames)
        super().__init__(arch, img_size, patch_size, **vit_kwargs)
        for layer in self.layers:
            layer.attn = adopt(
                SpaceTimeMixingAttention,
                layer.attn,
                window=window,
                shift_div=shift_div,
                mix_targets=mix_targets,
                mix_span=mix_span,
                mix_per_head=mix_per_head,
                summary_tokens=summary_tokens,
            )
        self.mix_span = mix_span
        self.check_num_frames(num_frames)
        self.temporal_embed = nn.Parameter(
            torch.zeros(1, mix_span or num_frames, 1, self.embed_dims)
        )

    def check_num_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if ``mix_span`` does not divide the clip."""
        if num_frames < 1 or num_frames % (self.mix_span or 1):
            raise ValueError(
                f'the number of frames must be a positive multiple of '
                f'mix_span={self.mix_span}, got {num_frames}'
            )

    def embed_time(self, x: Tensor) -> Tensor:
        """Add ``temporal_embed``, repeated for each span or interpolated."""
        num_frames = x.shape[1]
        if self.mix_span:
            return x + self.temporal_embed.repeat(1, num_frames // self.mix_span, 1, 1)
        return x + resize_temporal_embed(self.temporal_embed, num_frames)

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """mmpretrain's, for layer-wise learning rates; ``temporal_embed`` is depth 0."""
        if param_name == f'{prefix}temporal_embed':
            return 0, self.num_layers + 2
        return super().get_layer_depth(param_name, prefix)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        name = f'{prefix}temporal_embed'
        if name in state_dict:
            state_dict[name] = resize_temporal_embed(
                state_dict[name], self.temporal_embed.shape[1]
            )
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def resize_temporal_embed(embed: Tensor, num_frames: int) -> Tensor:
    """Linear interpolation along time, ``(1, T, 1, C)`` -> ``(1, num_frames, 1, C)``."""
    if embed.shape[1] == num_frames:
        return embed
    resized = F.interpolate(
        embed.squeeze(2).transpose(1, 2).float(), size=num_frames, mode='linear'
    )
    return resized.transpose(1, 2).unsqueeze(2).to(embed.dtype)
