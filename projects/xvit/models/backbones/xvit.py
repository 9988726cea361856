"""X-ViT: an image ViT whose attention reads its neighbour frames."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmpretrain.models import VisionTransformer
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...checkpoints.timm_vit import is_timm_vit, rename_timm_vit
from ..layers import SpaceTimeMixingAttention


@MODELS.register_module()
class XViT(VisionTransformer):
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
        with_cp (bool): Recompute each layer in the backward pass to save memory.
        **vit_kwargs: More arguments of mmpretrain's ``VisionTransformer``, such as
            ``drop_path_rate``, ``frozen_stages`` and ``init_cfg``.

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
        with_cp: bool = False,
        **vit_kwargs,
    ) -> None:
        _check_arch(arch)
        for fixed in ('out_type', 'out_indices', 'with_cls_token'):
            if fixed in vit_kwargs:
                raise TypeError(
                    f'{type(self).__name__} returns the class token of every frame: '
                    f'{fixed}={vit_kwargs[fixed]!r} cannot be set'
                )
        if num_frames < 1 or num_frames % (mix_span or 1):
            raise ValueError(
                f'num_frames must be a positive multiple of mix_span={mix_span}, '
                f'got {num_frames}'
            )
        super().__init__(arch, img_size, patch_size, **vit_kwargs)
        self.patch_size = patch_size
        self.mix_span = mix_span
        self.with_cp = with_cp
        self.temporal_embed = nn.Parameter(
            torch.zeros(1, mix_span or num_frames, 1, self.embed_dims)
        )
        for layer in self.layers:
            layer.attn = SpaceTimeMixingAttention.from_attention(
                layer.attn,
                window=window,
                shift_div=shift_div,
                mix_targets=mix_targets,
                mix_span=mix_span,
                mix_per_head=mix_per_head,
                summary_tokens=summary_tokens,
            )

    def forward(self, x: Tensor) -> Tensor:
        """Features of every frame.

        Args:
            x (Tensor): ``(N, 3, T, H, W)``, normalized pixels.

        Returns:
            Tensor: ``(N, T, C)``, the class tokens after the last norm.

        Raises:
            ValueError: If the shape is another one, H or W is no multiple of the patch
                size, or T none of ``mix_span``.
        """
        self._check_input(x)
        num_clips, _, num_frames = x.shape[:3]
        x, grid = self.patch_embed(x.transpose(1, 2).flatten(0, 1))
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
        x = x + self.resize_pos_embed(
            self.pos_embed,
            self.patch_resolution,
            grid,
            self.interpolate_mode,
            self.num_extra_tokens,
        )
        x = x.unflatten(0, (num_clips, num_frames)) + self._temporal_embed(num_frames)
        x = self.pre_norm(self.drop_after_pos(x.flatten(0, 1)))

        for layer in self.layers:
            if self.with_cp and x.requires_grad:
                x = checkpoint(_layer, layer, x, num_frames, use_reentrant=False)
            else:
                x = _layer(layer, x, num_frames)

        x = self.ln1(x) if self.final_norm else x
        return x[:, 0].unflatten(0, (num_clips, num_frames))

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """mmpretrain's, for layer-wise learning rates; ``temporal_embed`` is depth 0."""
        if param_name == f'{prefix}temporal_embed':
            return 0, self.num_layers + 2
        return super().get_layer_depth(param_name, prefix)

    def _temporal_embed(self, num_frames: int) -> Tensor:
        """``temporal_embed`` for T frames, ``(1, T, 1, C)``."""
        if self.mix_span:
            return self.temporal_embed.repeat(1, num_frames // self.mix_span, 1, 1)
        return resize_temporal_embed(self.temporal_embed, num_frames)

    def _check_input(self, x: Tensor) -> None:
        if x.ndim != 5 or x.shape[1] != 3:
            raise ValueError(
                f'the input must be (N, 3, T, H, W), got shape {tuple(x.shape)}'
            )
        num_frames, height, width = x.shape[2:]
        if height % self.patch_size or width % self.patch_size:
            raise ValueError(
                f"the input's H and W must be multiples of patch_size={self.patch_size}, "
                f'got {height} x {width}'
            )
        if num_frames % (self.mix_span or 1):
            raise ValueError(
                f"the input's T must be a multiple of mix_span={self.mix_span}, "
                f'got {num_frames}'
            )

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        """Take timm's names too, and a temporal embedding of another length."""
        if is_timm_vit(state_dict, prefix):
            rename_timm_vit(state_dict, prefix)
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


def _layer(layer: nn.Module, x: Tensor, num_frames: int) -> Tensor:
    """mmpretrain's ``TransformerEncoderLayer.forward`` with T for its attention."""
    x = x + layer.attn(layer.ln1(x), num_frames)
    return layer.ffn(layer.ln2(x), identity=x)


def _check_arch(arch: str | dict) -> None:
    keys = {'embed_dims', 'num_layers', 'num_heads', 'feedforward_channels'}
    if isinstance(arch, str):
        if arch.lower() not in VisionTransformer.arch_zoo:
            raise ValueError(
                f'arch must be one of {sorted(VisionTransformer.arch_zoo)} or a dict, '
                f'got {arch!r}'
            )
    elif not isinstance(arch, dict) or not keys <= set(arch):
        raise ValueError(f'arch must be a name or a dict with {sorted(keys)}, got {arch!r}')
