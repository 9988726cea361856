"""mmpretrain's Vision Transformer on every frame of a clip: what the methods move into."""

import torch
from mmcv.cnn.bricks import DropPath
from mmpretrain.models import VisionTransformer
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...checkpoints.reshaped import warn_reshaped
from ...checkpoints.timm_vit import is_timm_vit, rename_timm_vit
from ..checks import check_configs, check_positive, check_size
from .checks import check_frozen_stages, check_image_arguments, check_video


class VideoVisionTransformer(VisionTransformer):
    """The host of X-ViT and LAPS: an image ViT whose attention is told the clip length.

    Subclasses put attention layers called as ``attn(x, num_frames)`` into
    ``self.layers``; all parameters keep mmpretrain's names, and timm's names load too.

    Args:
        arch (str | dict): A name of mmpretrain's ``VisionTransformer``, or a dict with
            ``embed_dims``, ``num_layers``, ``num_heads``, ``feedforward_channels``.
        img_size (int | tuple): Image size of ``pos_embed``; other sizes that the patch
            size divides interpolate it.
        patch_size (int): Side of a patch in pixels.
        with_cp (bool): Recompute each layer in the backward pass to save memory.
        **vit_kwargs: More arguments of mmpretrain's ``VisionTransformer``.

    Raises:
        TypeError: If ``vit_kwargs`` would change what is returned.
        ValueError: If ``arch`` is unknown or lacks a key, or a size is out of range.
    """

    def __init__(
        self,
        arch: str | dict,
        img_size: int | tuple[int, int],
        patch_size: int,
        with_cp: bool = False,
        **vit_kwargs,
    ) -> None:
        depth = _check_arch(arch)
        check_positive('patch_size', patch_size)
        check_image_arguments(dict(vit_kwargs, with_cp=with_cp))
        check_frozen_stages(vit_kwargs.get('frozen_stages', -1), depth)
        check_configs('layer_cfgs', vit_kwargs.get('layer_cfgs', {}), depth)
        if any(side % patch_size for side in check_size('img_size', img_size)):
            raise ValueError(
                f'img_size must be a multiple of patch_size={patch_size}, got {img_size}'
            )
        for fixed in ('out_type', 'out_indices', 'with_cls_token'):
            if fixed in vit_kwargs:
                raise TypeError(
                    f'{type(self).__name__} returns the class token of every frame: '
                    f'{fixed}={vit_kwargs[fixed]!r} cannot be set'
                )
        super().__init__(arch, img_size, patch_size, **vit_kwargs)
        for module in self.modules():
            if isinstance(module, DropPath):
                # mmpretrain leaves a NumPy number, at which torch.compile breaks the graph.
                module.drop_prob = float(module.drop_prob)
        self.patch_size = patch_size
        self.with_cp = with_cp

    def forward(self, x: Tensor) -> Tensor:
        """Features of every frame.

        Args:
            x (Tensor): ``(N, 3, T, H, W)``, normalized pixels.

        Returns:
            Tensor: ``(N, T, C)``, the class tokens after the last norm.

        Raises:
            ValueError: If the shape is another one, H or W is no multiple of the patch
                size, or the method cannot take T frames.
        """
        check_video(x, self.patch_embed.projection.weight, self.patch_size)
        num_clips, _, num_frames = x.shape[:3]
        self.check_num_frames(num_frames)
        x, grid = self.patch_embed(x.transpose(1, 2).flatten(0, 1))
        x = torch.cat([self.cls_token.expand(len(x), -1, -1), x], dim=1)
        x = x + self.resize_pos_embed(
            self.pos_embed,
            self.patch_resolution,
            grid,
            self.interpolate_mode,
            self.num_extra_tokens,
        )
        x = self.embed_time(x.unflatten(0, (num_clips, num_frames))).flatten(0, 1)
        x = self.pre_norm(self.drop_after_pos(x))

        args = self.attention_args(num_frames, grid)
        for layer in self.layers:
            if self.with_cp and x.requires_grad:
                x = checkpoint(_layer, layer, x, *args, use_reentrant=False)
            else:
                x = _layer(layer, x, *args)

        x = self.ln1(x) if self.final_norm else x
        return x[:, 0].unflatten(0, (num_clips, num_frames))

    def train(self, mode: bool = True) -> 'VideoVisionTransformer':
        """``nn.Module.train``; mmpretrain's backbones forget to return themselves."""
        super().train(mode)
        return self

    def check_num_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if the method cannot take clips of this length."""

    def embed_time(self, x: Tensor) -> Tensor:
        """Tell frames apart, ``(N, T, L, C)`` -> ``(N, T, L, C)``; here not at all."""
        return x

    def attention_args(self, num_frames: int, grid: tuple[int, int]) -> tuple:
        """What attention is called with after x, of T and the patch grid H, W; here T."""
        return (num_frames,)

    def _prepare_pos_embed(self, state_dict, prefix, *args, **kwargs) -> None:
        """mmpretrain's, which resizes ``pos_embed``, with a warning."""
        name = f'{prefix}pos_embed'
        if name in state_dict and state_dict[name].shape != self.pos_embed.shape:
            warn_reshaped(name, state_dict[name].shape, self.pos_embed.shape)
        super()._prepare_pos_embed(state_dict, prefix, *args, **kwargs)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        if is_timm_vit(state_dict, prefix):
            rename_timm_vit(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def _layer(layer: nn.Module, x: Tensor, *args) -> Tensor:
    """mmpretrain's ``TransformerEncoderLayer.forward`` with T for its attention."""
    x = x + layer.attn(layer.ln1(x), *args)
    return layer.ffn(layer.ln2(x), identity=x)


def _check_arch(arch: str | dict) -> int:
    """The number of layers of an ``arch`` that can be built."""
    keys = ('embed_dims', 'num_layers', 'num_heads', 'feedforward_channels')
    if isinstance(arch, str):
        if arch.lower() not in VisionTransformer.arch_zoo:
            raise ValueError(
                f'arch must be one of {sorted(VisionTransformer.arch_zoo)} or a dict, '
                f'got {arch!r}'
            )
        return VisionTransformer.arch_zoo[arch.lower()]['num_layers']
    if not isinstance(arch, dict) or not set(keys) <= set(arch):
        raise ValueError(f'arch must be a name or a dict with {sorted(keys)}, got {arch!r}')
    for key in keys:
        check_positive(f"arch['{key}']", arch[key])
    if arch['embed_dims'] % arch['num_heads']:
        raise ValueError(
            f"arch['num_heads'] must divide embed_dims={arch['embed_dims']}, "
            f'got {arch["num_heads"]}'
        )
    return arch['num_layers']
