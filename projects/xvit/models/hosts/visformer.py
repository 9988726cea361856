"""timm's Visformer on every frame of a clip, with places for moves."""

import copy
from collections.abc import Sequence

import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from timm.models.visformer import Attention, Block, Visformer
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from ...checkpoints.reshaped import warn_reshaped
from ...checks import check_choice, check_size
from ..moves import Clip, Layer, LayerMoves, MovingAttention, per_layer, set_moves
from ..moves.drop_clips import drop_clips
from .checks import check_fixed, check_video
from .image_classifier import drop_classifier

ARCHS = {
    'tiny': dict(init_channels=16, embed_dim=192, depth=(7, 4, 4), num_heads=3),
    'small': dict(init_channels=32, embed_dim=384, depth=(7, 4, 4), num_heads=6),
}
# Settings that timm's `visformer_tiny` and `visformer_small` share.
COMMON = dict(
    attn_stage='011',
    spatial_conv='100',
    norm_layer=nn.BatchNorm2d,
    embed_norm=nn.BatchNorm2d,
    conv_init=True,
)
# Arguments of Visformer that would change the output, or which stages have attention.
FIXED = ('attn_stage', 'vit_stem', 'patch_size', 'use_pos_embed', 'in_chans')
FIXED += ('num_classes', 'global_pool', 'drop_rate')
STRIDE = 32  # Pixels of the image per pixel of the last stage's map.
POS_EMBEDS = ('pos_embed1', 'pos_embed2', 'pos_embed3')


class VisformerAttention(MovingAttention, Attention):
    """timm's Visformer ``Attention`` with moves. The pixels of a map are its tokens."""

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """``(N * T, C, H, W)`` -> ``(N * T, C, H, W)``, channels-last in memory."""
        return super().forward(x.flatten(2).transpose(1, 2), clip)

    def project(self, x: Tensor, clip: Clip) -> tuple[Tensor, Tensor, Tensor]:
        # One copy to channels-last avoids timm's three copies, of q, k and v.
        qkv = _on_tokens(self.qkv, x.contiguous())
        return qkv.unflatten(-1, (3, self.num_heads, -1)).unbind(-3)

    def project_output(self, x: Tensor) -> Tensor:
        return _on_tokens(self.proj, x)

    def finish(self, x: Tensor, clip: Clip) -> Tensor:
        return self.proj_drop(_as_map(x, clip))


@MODELS.register_module()
class VideoVisformer(Visformer, BaseModule):
    """timm's ``Visformer`` on each frame; moves let its layers see other frames.

    Moves act in the blocks of stages 2 and 3 (stage 1 is convolutional) and add no
    parameters. Without moves it equals the image model. timm's ImageNet weights load
    unchanged; for another image size they are resized, with a warning::

        init_cfg=dict(type='Pretrained', checkpoint=TIMM_FILE_OR_URL)

    Args:
        arch (str | dict): ``'tiny'``, ``'small'``, or a dict of timm's ``Visformer``
            arguments with at least ``embed_dim``, ``depth`` (of three stages),
            ``num_heads`` and ``init_channels``.
        img_size (int | tuple): Height and width of the frames, multiples of 32.
        num_frames (int): Expected T of the input; others run too if the moves support them.
        moves (Sequence[Sequence[Sequence[dict]]]): Two entries, for stages 2 and 3. Each is
            one list of moves per block, repeated over the blocks, see :class:`LayerMoves`.
        with_cp (bool): Recompute attention and MLPs in the backward pass to save memory,
            but not BatchNorms, because their statistics would count the batch twice.
        init_cfg (dict | list[dict], optional): See mmengine's ``BaseModule``.
        **visformer_kwargs: More arguments of timm's ``Visformer``: ``drop_path_rate``,
            ``pos_drop_rate``, ``proj_drop_rate``, ``attn_drop_rate``.

    Raises:
        TypeError: If an argument of timm's would change the output.
        ValueError: If an argument is out of range, or a move does not fit.
    """

    def __init__(
        self,
        arch: str | dict = 'small',
        img_size: int | tuple[int, int] = 224,
        num_frames: int = 8,
        moves: Sequence[Sequence[Sequence[dict]]] = ((), ()),
        with_cp: bool = False,
        init_cfg: dict | list[dict] | None = None,
        **visformer_kwargs,
    ) -> None:
        if isinstance(arch, str):
            check_choice('arch', arch, ARCHS)
            arch = ARCHS[arch]
        kwargs = arch | visformer_kwargs
        check_fixed(self, 'the pooled feature of every frame', FIXED, kwargs)
        img_size = check_size('img_size', img_size, unit=STRIDE)
        if not isinstance(moves, list | tuple) or len(moves) != 2:
            raise ValueError(f'moves must be two lists, for stages 2 and 3, got {moves!r}')
        super().__init__(img_size, num_classes=0, **COMMON | kwargs)
        self.init_cfg = copy.deepcopy(init_cfg)
        self.with_cp = with_cp
        for stage, stage_moves in zip((self.stage2, self.stage3), moves):
            for block, block_moves in zip(stage, per_layer(stage_moves, len(stage))):
                attn = block.attn
                inner = attn.head_dim * attn.num_heads
                place = Layer(attn.dim, inner, attn.num_heads, has_class_token=False)
                set_moves(attn, VisformerAttention, LayerMoves(block_moves, place))
        self.check_num_frames(num_frames)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the features of every frame.

        Args:
            x (Tensor): ``(N, 3, T, H, W)``, normalized pixels.

        Returns:
            Tensor: ``(N, T, C)``, the normed last map, averaged over space; C is twice
            ``embed_dim``, 768 for ``'small'``.

        Raises:
            ValueError: If the shape is wrong, H and W are not ``img_size``, or a move does
                not support T frames.
        """
        check_video(x)
        _, _, num_frames, *size = x.shape
        if tuple(size) != self.img_size:
            raise ValueError(
                f'H and W of the input must be img_size={self.img_size}, '
                f'got {size[0]} x {size[1]}'
            )
        self.check_num_frames(num_frames)
        return self.features(x)

    def features(self, x: Tensor, tape=None) -> Tensor:
        """Run the forward pass, of a whole clip or by a ``streaming.Tape`` of a part."""
        num_frames = x.shape[2]
        x = self.stem(x.transpose(1, 2).flatten(0, 1))
        for patch_embed, pos_embed, stage in (
            (self.patch_embed1, self.pos_embed1, self.stage1),
            (self.patch_embed2, self.pos_embed2, self.stage2),
            (self.patch_embed3, self.pos_embed3, self.stage3),
        ):
            x = self.pos_drop(patch_embed(x) + pos_embed)
            for block in stage:
                grid = tuple(x.shape[2:])
                clip = Clip(num_frames, grid, 0, checkpointed=self.with_cp, tape=tape)
                x = _block(block, x, clip)
        x = self.forward_head(self.norm(x), pre_logits=True)
        return x.unflatten(0, (-1, num_frames))

    def check_num_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if a move does not support clips of this length."""
        for block in [*self.stage2, *self.stage3]:
            block.attn.moves.check_frames(num_frames)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        drop_classifier(state_dict, prefix)
        for name in POS_EMBEDS:
            embed, expected = state_dict.get(f'{prefix}{name}'), getattr(self, name).shape
            if embed is not None and embed.shape[2:] != expected[2:]:
                warn_reshaped(f'{prefix}{name}', embed.shape, expected)
                resized = F.interpolate(embed.float(), expected[2:], mode='bicubic')
                state_dict[f'{prefix}{name}'] = resized.to(embed.dtype)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def _block(block: Block, x: Tensor, clip: Clip) -> Tensor:
    """timm's ``Block.forward`` with moves."""
    if block.attn is not None:
        x = _stream(block.attn.moves, x, clip)
        y = _run(block.attn, block.norm1(x), clip, clip)
        x = block.attn.moves.skip(x, clip) + drop_clips(block.drop_path, y, clip.num_frames)
        x = _stream(block.attn.moves, x, clip)
    y = _run(block.mlp, block.norm2(x), clip)
    return x + drop_clips(block.drop_path, y, clip.num_frames)


def _run(module: nn.Module, x: Tensor, clip: Clip, *args) -> Tensor:
    if clip.checkpointed and x.requires_grad:
        return checkpoint(module, x, *args, use_reentrant=False)
    return module(x, *args)


def _stream(moves: LayerMoves, x: Tensor, clip: Clip) -> Tensor:
    """Apply the residual stream's moves to maps ``(N * T, C, H, W)``."""
    return _as_map(moves.stream(x.flatten(2).transpose(1, 2), clip), clip)


def _as_map(x: Tensor, clip: Clip) -> Tensor:
    """``(N * T, H * W, C)`` -> ``(N * T, C, H, W)``, a view."""
    return x.transpose(1, 2).unflatten(-1, clip.grid)


def _on_tokens(conv: nn.Conv2d, x: Tensor) -> Tensor:
    """Apply a 1 x 1 convolution to tokens ``(B, S, C)``, viewed as a map one pixel high.

    The view has the strides of a channels-last map, which convolutions keep.
    """
    return conv(x.transpose(1, 2).unsqueeze(2)).squeeze(2).transpose(1, 2)
