"""X-ViT: an image ViT whose attention reads its neighbour frames."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from torch import Tensor, nn

from ...checkpoints.reshaped import warn_reshaped
from ..checks import check_flag, check_integer, check_positive
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
        num_frames (int): Frames T of the clips to come; any other T that ``mix_span``
            divides can be given too.
        window (int): Neighbour frames on each side; 0 is the spatial-only baseline.
        shift_div (int): One neighbour gives ``C // shift_div`` channels.
        mix_targets (Sequence[str]): What is mixed, from ``'x'``, ``'k'``, ``'v'``.
        mix_span (int, optional): The clip is cut into runs of this many frames, which do
            not see each other (8 in the authors' 16-frame Kinetics models).
        mix_per_head (bool): Cut the channels inside each head instead of across heads.
        summary_tokens (bool): Append the frames' averages to all keys and values.
        temporal_embed_frames (int, optional): Entries E of ``temporal_embed``, tiled along
            the clip: frame t has entry ``t % E``. 0 is no temporal embedding, ``None`` is
            ``mix_span or num_frames``. All of the authors' models have 8, those of 16
            frames too.
        interpolate_temporal_embed (bool): Interpolate the temporal embedding of a
            checkpoint that has another number of entries, which is an error otherwise.
        **vit_kwargs: ``with_cp``, to recompute layers in the backward pass, and the
            arguments of mmpretrain's ``VisionTransformer``, such as ``drop_path_rate``,
            ``frozen_stages`` and ``init_cfg``.

    Raises:
        TypeError: If ``vit_kwargs`` would change what is returned.
        ValueError: If an argument is out of range, see also
            :class:`SpaceTimeMixingAttention`; on loading, if the checkpoint's
            ``temporal_embed`` has another number of entries.
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
        temporal_embed_frames: int | None = None,
        interpolate_temporal_embed: bool = False,
        **vit_kwargs,
    ) -> None:
        check_positive('num_frames', num_frames)
        if temporal_embed_frames is None:
            temporal_embed_frames = mix_span or num_frames
        check_integer('temporal_embed_frames', temporal_embed_frames, least=0)
        check_flag('interpolate_temporal_embed', interpolate_temporal_embed)
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
        self.temporal_embed_frames = temporal_embed_frames
        self.interpolate_temporal_embed = interpolate_temporal_embed
        self.temporal_embed = (
            nn.Parameter(torch.zeros(1, temporal_embed_frames, 1, self.embed_dims))
            if temporal_embed_frames
            else None
        )

    def check_num_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if ``mix_span`` does not divide the clip."""
        if num_frames < 1 or num_frames % (self.mix_span or 1):
            raise ValueError(
                f'the number of frames must be a positive multiple of '
                f'mix_span={self.mix_span}, got {num_frames}'
            )

    def embed_time(self, x: Tensor) -> Tensor:
        """Add ``temporal_embed``, tiled along the clip."""
        if self.temporal_embed is None:
            return x
        num_frames = x.shape[1]
        times = -(-num_frames // self.temporal_embed_frames)
        return x + self.temporal_embed.repeat(1, times, 1, 1)[:, :num_frames]

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """mmpretrain's, for layer-wise learning rates; ``temporal_embed`` is depth 0."""
        if param_name == f'{prefix}temporal_embed':
            return 0, self.num_layers + 2
        return super().get_layer_depth(param_name, prefix)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        name = f'{prefix}temporal_embed'
        embed = state_dict.get(name)
        if embed is not None and embed.ndim == 4:
            entries, wanted = embed.shape[1], self.temporal_embed_frames
            if entries != wanted:
                if not (self.interpolate_temporal_embed and wanted):
                    raise ValueError(
                        f'{name} has {entries} entries in the checkpoint, {wanted} in the '
                        f'model: set temporal_embed_frames={entries}, or '
                        'interpolate_temporal_embed=True to resize it'
                    )
                state_dict[name] = resize_temporal_embed(embed, wanted)
                warn_reshaped(name, embed.shape, self.temporal_embed.shape)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def resize_temporal_embed(embed: Tensor, num_frames: int) -> Tensor:
    """Linear interpolation along time, ``(1, T, 1, C)`` -> ``(1, num_frames, 1, C)``."""
    if embed.shape[1] == num_frames:
        return embed
    resized = F.interpolate(
        embed.squeeze(2).transpose(1, 2).float(), size=num_frames, mode='linear'
    )
    return resized.transpose(1, 2).unsqueeze(2).to(embed.dtype)
