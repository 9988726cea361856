"""TPS: a Swin whose windows hold patches of several frames."""

from collections.abc import Sequence

import torch.nn.functional as F
from mmaction.registry import MODELS
from mmpretrain.models import SwinTransformer
from mmpretrain.models.utils import to_2tuple
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...checkpoints.reshaped import warn_reshaped
from ..hosts.checks import check_fixed, check_video
from ..hosts.swin import set_shift
from ..hosts.temporal_position_bias import MAX_FRAMES, NUM_OFFSETS
from ..moves import Layer, LayerMoves
from .tps_vit import tps_moves

# Arguments of SwinTransformer that TPSSwin sets itself.
FIXED = ('out_indices', 'out_after_downsample', 'use_abs_pos_embed', 'patch_cfg')


@MODELS.register_module()
class TPSSwin(SwinTransformer):
    """TPS (Spatiotemporal Self-attention Modeling with Temporal Patch Shift for Action
    Recognition, arXiv 2207.13259).

    mmpretrain's ``SwinTransformer`` on token frames of ``patch_size[0]`` frames each. In
    every stage, odd blocks shift patches by a mosaic over each window and put them back
    after attention; even blocks shift channels. Parameters keep mmpretrain's names. The
    patch kernel has a time axis, and the bias tables have rows for temporal offsets. Image
    weights are inflated on loading::

        init_cfg=dict(type='Pretrained', checkpoint=FILE_OR_URL, prefix='backbone.')

    Args:
        arch (str | dict): ``'tiny'``, ``'small'``, ``'base'``, ``'large'``, or a dict with
            ``embed_dims``, ``depths``, ``num_heads``.
        img_size (int | tuple): Expected H, W of the input; others run too.
        num_frames (int): Expected T of the input; others run too.
        patch_size (tuple[int, int, int]): Frames, height and width of a patch.
        window_size (int): Side of a window in patches.
        shift_pattern (str | Sequence[Sequence[int]]): The mosaic: ``'official'``, the
            authors' pattern of nine frames, ``'bayer'``, or a matrix of how many token
            frames the patches of each cell move forward.
        channel_shift_div (int): ``d // channel_shift_div`` of a head's d channels come from
            each neighbouring frame; 0 disables the channel shift.
        temporal_bias (str): Temporal offsets of the position bias: ``'official'``, as the
            published weights were trained, or ``'relative'``, the true offsets.
        with_cp (bool): Recompute each block in the backward pass to save memory.
        pad_small_map (bool): Pad feature maps that are smaller than the window. Otherwise
            they are an error.
        **swin_kwargs: More arguments of mmpretrain's ``SwinTransformer``, such as
            ``drop_path_rate``, ``frozen_stages`` and ``init_cfg``.

    Raises:
        TypeError: If ``swin_kwargs`` would change the output.
        ValueError: If an argument is out of range, the pattern is not a matrix of integers,
            or the model does not support the expected input.
    """

    method, citation = 'TPS', 'xiang2022spatiotemporal'

    def __init__(
        self,
        arch: str | dict = 'tiny',
        img_size: int | tuple[int, int] = 224,
        num_frames: int = 32,
        patch_size: tuple[int, int, int] = (2, 4, 4),
        window_size: int = 7,
        shift_pattern: str | Sequence[Sequence[int]] = 'official',
        channel_shift_div: int = 8,
        temporal_bias: str = 'official',
        with_cp: bool = False,
        pad_small_map: bool = False,
        **swin_kwargs,
    ) -> None:
        check_fixed(self, 'the feature map of the last stage', FIXED, swin_kwargs)
        num_stages = 4 if isinstance(arch, str) else len(arch.get('depths', ()))
        super().__init__(
            arch,
            img_size,
            tuple(patch_size),
            window_size=window_size,
            out_indices=(num_stages - 1,),
            patch_cfg=dict(
                conv_type='Conv3d', padding=(0,) * 3, dilation=(1,) * 3, input_size=None
            ),
            **swin_kwargs,
        )
        self.patch_size = tuple(patch_size)
        self.window_size = window_size
        self.with_cp = with_cp
        self.pad_small_map = pad_small_map
        moves = tps_moves(shift_pattern, channel_shift_div)
        for stage in self.stages:
            for i, block in enumerate(stage.blocks):
                channels, heads = block.attn.w_msa.embed_dims, block.attn.w_msa.num_heads
                layer = Layer(channels, channels, heads, has_class_token=False)
                shift = next(iter(LayerMoves(moves[i % 2], layer)), None)
                set_shift(block.attn, shift, temporal_bias)
        self.token_grid(num_frames, *to_2tuple(img_size))

    def forward(self, x: Tensor) -> Tensor:
        """Compute the feature map of the last stage.

        Args:
            x (Tensor): ``(N, 3, T, H, W)``, normalized pixels. Zeros pad H and W to whole
                patches, as in mmpretrain's Swin.

        Returns:
            Tensor: ``(N, C, T', H', W')`` after the last norm, T' = T / patch_size[0].

        Raises:
            ValueError: If the shape is wrong, T is not a multiple of ``patch_size[0]`` or
                gives more than 16 token frames, or a map is smaller than the window.
        """
        check_video(x)
        frames, height, width = self.token_grid(*x.shape[2:])
        bottom, right = (-side % p for side, p in zip(x.shape[3:], self.patch_size[1:]))
        if bottom or right:
            x = F.pad(x, (0, right, 0, bottom))
        # A clip is one sample, so stochastic depth drops a block for all its frames.
        x, _ = self.patch_embed(x)
        x = self.drop_after_pos(x)

        for stage in self.stages:
            for block in stage.blocks:
                grid = (frames, height, width)
                if self.with_cp and x.requires_grad:
                    x = checkpoint(_block, block, x, grid, use_reentrant=False)
                else:
                    x = _block(block, x, grid)
            if stage.downsample is not None:
                x = x.reshape(-1, height * width, x.shape[-1])
                x, (height, width) = stage.downsample(x, (height, width))
                x = x.reshape(-1, frames * height * width, x.shape[-1])

        x = getattr(self, f'norm{self.num_layers - 1}')(x)
        x = x.view(-1, frames, height, width, x.shape[-1])
        return x.permute(0, 4, 1, 2, 3).contiguous()

    def token_grid(self, num_frames: int, height: int, width: int) -> tuple[int, int, int]:
        """T', H', W' after the patch embedding of a clip of T frames of H x W pixels.

        Raises:
            ValueError: If the model does not support such clips.
        """
        step, *patch = self.patch_size
        if num_frames % step or num_frames > MAX_FRAMES * step:
            raise ValueError(
                f'the number of frames must be a multiple of patch_size[0]={step} and at '
                f'most {MAX_FRAMES * step}, as the relative position bias has rows for '
                f'{MAX_FRAMES} token frames; got {num_frames}'
            )
        grid = [-(-side // p) for side, p in zip((height, width), patch)]
        last = -(-min(grid) // 2 ** (self.num_layers - 1))
        if last < self.window_size and not self.pad_small_map:
            raise ValueError(
                f'{height} x {width} pixels give the last stage a map of {last} patches a '
                f'side, smaller than window_size={self.window_size}: use larger frames, a '
                'smaller window, or pad_small_map=True'
            )
        return num_frames // step, *grid

    def train(self, mode: bool = True) -> 'TPSSwin':
        """Set the mode and return ``self``; mmpretrain's backbones return nothing."""
        super().train(mode)
        return self

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        """Inflate image weights, and drop buffers that follow from the window size."""
        for key in [k for k in state_dict if k.startswith(prefix)]:
            if key.endswith(('.relative_position_index', '.attn_mask')):
                del state_dict[key]
            elif key.startswith(f'{prefix}norm.'):  # mmpretrain's files of version 1.
                last = f'{prefix}norm{self.num_layers - 1}.'
                state_dict[last + key.removeprefix(f'{prefix}norm.')] = state_dict.pop(key)
        kernel = state_dict.get(f'{prefix}patch_embed.projection.weight')
        if kernel is not None and kernel.ndim == 4:
            frames = self.patch_size[0]
            expected = self.patch_embed.projection.weight.shape
            warn_reshaped(f'{prefix}patch_embed.projection.weight', kernel.shape, expected)
            state_dict[f'{prefix}patch_embed.projection.weight'] = (
                kernel.unsqueeze(2).repeat(1, 1, frames, 1, 1) / frames
            )
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)

    def _prepare_relative_position_bias_table(
        self, state_dict, prefix, *args, **kwargs
    ) -> None:
        """Repeat an image Swin's bias tables, which mmpretrain would resize."""
        for name, table in self.named_parameters():
            image_table = state_dict.get(prefix + name)
            if (
                name.endswith('relative_position_bias_table')
                and image_table is not None
                and len(image_table) * NUM_OFFSETS == len(table)
            ):
                warn_reshaped(prefix + name, image_table.shape, table.shape)
                state_dict[prefix + name] = image_table.repeat(NUM_OFFSETS, 1)


def _block(block: nn.Module, x: Tensor, grid: tuple[int, int, int]) -> Tensor:
    """mmpretrain's ``SwinBlock.forward``, with ``grid`` (T, H, W) for its attention."""
    x = x + block.attn(block.norm1(x), grid)
    return block.ffn(block.norm2(x), identity=x)
