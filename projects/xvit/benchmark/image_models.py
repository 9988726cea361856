"""The image models on each frame separately: the baselines of the methods.

Each is the model of the library on which the method is built, so a comparison measures what
the method adds. Where the library's attention is slow, it is replaced by a fused one.
"""

import timm
import torch.nn.functional as F
from mmpretrain.models import SwinTransformer, VisionTransformer
from mmpretrain.models.utils import MultiheadAttention, WindowMSA
from torch import Tensor, nn


class ImageViT(nn.Module):
    """mmpretrain's ViT on each frame.

    Args:
        arch (str | dict): Of mmpretrain's ``VisionTransformer``.
        img_size (int): Side of a frame in pixels.
        patch_size (int): Side of a patch in pixels.
    """

    def __init__(
        self, arch: str | dict = 'base', img_size: int = 224, patch_size: int = 16
    ):
        super().__init__()
        self.image = VisionTransformer(arch, img_size, patch_size)
        for layer in self.image.layers:
            layer.attn.__class__ = UnboundAttention

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, T, H, W)`` -> ``(N, T, C)``, the class tokens."""
        (features,) = self.image(x.transpose(1, 2).flatten(0, 1))
        return features.unflatten(0, (len(x), -1))


class UnboundAttention(MultiheadAttention):
    """mmpretrain's attention, with one gradient for queries, keys and values.

    mmpretrain selects them one by one, and autograd fills a whole gradient for each.
    """

    def forward(self, x: Tensor) -> Tensor:
        """``(B, L, C)`` -> ``(B, L, C)``."""
        qkv = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attn_drop = self.attn_drop if self.training else 0.0
        x = F.scaled_dot_product_attention(*qkv.unbind(), dropout_p=attn_drop)
        x = self.proj(x.transpose(1, 2).flatten(2))
        return self.out_drop(self.gamma1(self.proj_drop(x)))


class ImageVisformer(nn.Module):
    """timm's Visformer on each frame, with fused attention.

    Args:
        name (str): The model's name in timm.
        img_size (int): Side of a frame in pixels.
        **kwargs: Other arguments of the model.
    """

    def __init__(self, name: str = 'visformer_small', img_size: int = 224, **kwargs):
        super().__init__()
        self.image = timm.create_model(name, img_size=img_size, num_classes=0, **kwargs)
        for block in (*self.image.stage2, *self.image.stage3):
            block.attn.fused_attn = True

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, T, H, W)`` -> ``(N, T, C)``, the pooled features."""
        return self.image(x.transpose(1, 2).flatten(0, 1)).unflatten(0, (len(x), -1))


class ImageSwin(nn.Module):
    """mmpretrain's Swin with fused attention, on each of the T / 2 token frames.

    The patch embedding is the convolution over two frames of every video Swin, so the
    stages get as many tokens.

    Args:
        arch (str | dict): Of mmpretrain's ``SwinTransformer``.
        img_size (int): Side of a frame in pixels.
        patch_size (tuple[int, int, int]): Frames, height and width of a patch.
        window_size (int): Side of a window in patches.
    """

    def __init__(
        self,
        arch: str | dict = 'tiny',
        img_size: int = 224,
        patch_size: tuple[int, int, int] = (2, 4, 4),
        window_size: int = 7,
    ):
        super().__init__()
        self.patch_size = patch_size
        conv3d = dict(
            conv_type='Conv3d', padding=(0,) * 3, dilation=(1,) * 3, input_size=None
        )
        depths = (SwinTransformer.arch_zoo[arch] if isinstance(arch, str) else arch)[
            'depths'
        ]
        self.image = SwinTransformer(
            arch,
            img_size,
            patch_size,
            window_size=window_size,
            out_indices=(len(depths) - 1,),
            patch_cfg=conv3d,
            stage_cfgs=dict(block_cfgs=dict(attn_cfgs=dict(window_msa=FusedWindowMSA))),
        )

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, T, H, W)`` -> ``(N, C, T', H', W')``."""
        num_clips, _, num_frames, *size = x.shape
        num_frames, *size = (n // p for n, p in zip((num_frames, *size), self.patch_size))
        x, _ = self.image.patch_embed(x)
        x = x.reshape(num_clips * num_frames, -1, x.shape[-1])
        for stage in self.image.stages:
            x, size = stage(x, size)
        x = getattr(self.image, f'norm{self.image.num_layers - 1}')(x)
        x = x.view(num_clips, num_frames, *size, -1)
        return x.permute(0, 4, 1, 2, 3).contiguous()


class FusedWindowMSA(WindowMSA):
    """mmpretrain's window attention by one fused call."""

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """``(N * windows, L, C)`` -> the same shape; the mask is ``(windows, L, L)``."""
        length = x.shape[1]
        bias = self.relative_position_bias_table[self.relative_position_index.flatten()]
        bias = bias.view(length, length, -1).permute(2, 0, 1).contiguous()[None]
        if mask is not None:
            bias = (bias + mask[:, None]).repeat(len(x) // len(mask), 1, 1, 1)
        qkv = self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).permute(2, 0, 3, 1, 4)
        attn_drop = self.attn_drop.p if self.training else 0.0
        x = F.scaled_dot_product_attention(
            *qkv.unbind(), attn_mask=bias, dropout_p=attn_drop, scale=self.scale
        )
        return self.proj_drop(self.proj(x.transpose(1, 2).flatten(2)))
