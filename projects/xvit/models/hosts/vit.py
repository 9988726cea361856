"""mmpretrain's Vision Transformer on every frame of a clip, with places for moves."""

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from mmcv.cnn.bricks import DropPath
from mmpretrain.models import VisionTransformer
from mmpretrain.models.utils import MultiheadAttention
from torch import Tensor, nn

from ...checkpoints.image_models import is_timm_vit, rename_timm_vit
from ...checkpoints.reshaped import warn_reshaped
from ...checks import check_size
from ..moves import Clip, Layer, LayerMoves, MovingAttention, per_layer, set_moves
from ..moves.drop_clips import drop_clips
from .checks import check_fixed
from .frame_tokens import FrameTokens
from .image_classifier import drop_classifier

# timm's classifier, and layers that only models with a classifier have.
CLASSIFIER = ('head', 'head_dist', 'pre_logits', 'fc_norm')
# Arguments of VisionTransformer that would change the output.
FIXED = ('out_type', 'out_indices', 'with_cls_token')


class ViTAttention(MovingAttention, MultiheadAttention):
    """mmpretrain's ``MultiheadAttention`` with moves."""

    def project(self, x: Tensor, clip: Clip) -> tuple[Tensor, Tensor, Tensor]:
        return self.qkv(x).unflatten(-1, (3, self.num_heads, -1)).unbind(-3)

    def finish(self, x: Tensor, clip: Clip) -> Tensor:
        x = self.gamma1(self.proj_drop(x))
        return drop_clips(self.out_drop, x, clip.num_frames)


@MODELS.register_module()
class VideoViT(FrameTokens, VisionTransformer):
    """mmpretrain's ``VisionTransformer`` on each frame; moves let layers see other frames.

    Without moves it equals the image model. Parameters keep mmpretrain's names; moves have
    none. Image weights of mmpretrain and timm load unchanged::

        init_cfg=dict(type='Pretrained', checkpoint=FILE_OR_URL, prefix='backbone.')
        init_cfg=dict(type='Pretrained', checkpoint=TIMM_FILE_OR_URL)

    Stochastic depth drops a layer for a whole clip.

    Args:
        arch (str | dict): A name of mmpretrain's ``VisionTransformer``, or a dict with
            ``embed_dims``, ``num_layers``, ``num_heads``, ``feedforward_channels``.
        img_size (int | tuple): Image size of ``pos_embed``, which is interpolated for other
            multiples of the patch size.
        patch_size (int): Side of a patch in pixels.
        num_frames (int): Expected T of the input; others run too if the moves support them.
        moves (Sequence[Sequence[dict]]): One list of moves per layer, repeated over the
            layers; empty for the image model. See :class:`LayerMoves`.
        temporal_embed_frames (int): Entries E of ``temporal_embed``, tiled along the clip:
            frame t gets entry ``t % E``; 0 disables it.
        interpolate_temporal_embed (bool): Interpolate a checkpoint's ``temporal_embed`` if
            its number of entries differs. Otherwise that is an error.
        with_cp (bool): Recompute each layer in the backward pass to save memory.
        **vit_kwargs: More arguments of mmpretrain's ``VisionTransformer``, such as
            ``drop_path_rate``, ``frozen_stages`` and ``init_cfg``.

    Raises:
        TypeError: If ``vit_kwargs`` would change the output.
        ValueError: If an argument is out of range, or a move does not fit; on loading, if
            the checkpoint's ``temporal_embed`` has a different number of entries.
    """

    def __init__(
        self,
        arch: str | dict = 'base',
        img_size: int | tuple[int, int] = 224,
        patch_size: int = 16,
        num_frames: int = 8,
        moves: Sequence[Sequence[dict]] = (),
        temporal_embed_frames: int = 0,
        interpolate_temporal_embed: bool = False,
        with_cp: bool = False,
        **vit_kwargs,
    ) -> None:
        check_size('img_size', img_size, unit=patch_size)
        check_fixed(self, 'the class token of every frame', FIXED, vit_kwargs)
        super().__init__(arch, img_size, patch_size, **vit_kwargs)
        for module in self.modules():
            if isinstance(module, DropPath):
                # mmpretrain sets a NumPy number, which breaks the graph of torch.compile.
                module.drop_prob = float(module.drop_prob)
        self.patch_size = patch_size
        self.with_cp = with_cp
        self.make_temporal_embed(
            temporal_embed_frames, self.embed_dims, interpolate_temporal_embed
        )
        for layer, layer_list in zip(self.layers, per_layer(moves, self.num_layers)):
            channels, heads = layer.attn.embed_dims, layer.attn.num_heads
            place = Layer(channels, channels, heads, has_class_token=True)
            set_moves(layer.attn, ViTAttention, LayerMoves(layer_list, place))
        self.check_num_frames(num_frames)

    @property
    def frame_layers(self) -> nn.ModuleList:
        return self.layers

    def embed(self, x: Tensor, tape=None) -> tuple[Tensor, list[Clip]]:
        num_frames, *sides = x.shape[2:]
        if any(side % self.patch_size for side in sides):
            raise ValueError(
                f'H and W of the input must be multiples of patch_size={self.patch_size}, '
                f'got {sides[0]} x {sides[1]}'
            )
        x, grid = self.patch_embed(x.transpose(1, 2).flatten(0, 1))
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], dim=1)
        x = x + self.resize_pos_embed(
            self.pos_embed,
            self.patch_resolution,
            grid,
            self.interpolate_mode,
            self.num_extra_tokens,
        )
        x = self.embed_time(x, num_frames, tape)
        clip = Clip(num_frames, tuple(grid), self.num_extra_tokens)
        return self.pre_norm(self.drop_after_pos(x)), [clip] * self.num_layers

    @staticmethod
    def run_layer(layer: nn.Module, x: Tensor, clip: Clip) -> Tensor:
        """mmpretrain's ``TransformerEncoderLayer.forward`` with moves."""
        moves = layer.attn.moves
        x = moves.stream(x, clip)
        y = layer.attn(layer.ln1(x), clip)
        x = moves.skip(x, clip) + y
        x = moves.stream(x, clip)
        y = layer.ln2(x)
        # The FFN ends with stochastic depth and adds the residual stream.
        frames = (-1, clip.num_frames)
        x, y = x.unflatten(0, frames), y.unflatten(0, frames)
        return layer.ffn(y, identity=x).flatten(0, 1)

    def read_out(self, x: Tensor) -> Tensor:
        """The class token after the last norm."""
        return (self.ln1(x) if self.final_norm else x)[:, 0]

    def train(self, mode: bool = True) -> 'VideoViT':
        """Set the mode and return ``self``; mmpretrain's backbones return nothing."""
        super().train(mode)
        return self

    def get_layer_depth(self, param_name: str, prefix: str = '') -> tuple[int, int]:
        """mmpretrain's, for layer-wise learning rates; ``temporal_embed`` has depth 0."""
        if param_name == f'{prefix}temporal_embed':
            return 0, self.num_layers + 2
        return super().get_layer_depth(param_name, prefix)

    def _prepare_pos_embed(self, state_dict, prefix, *args, **kwargs) -> None:
        """Resize ``pos_embed`` as mmpretrain does, with a warning."""
        name = f'{prefix}pos_embed'
        if name in state_dict and state_dict[name].shape != self.pos_embed.shape:
            warn_reshaped(name, state_dict[name].shape, self.pos_embed.shape)
        super()._prepare_pos_embed(state_dict, prefix, *args, **kwargs)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        if is_timm_vit(state_dict, prefix):
            drop_classifier(state_dict, prefix, CLASSIFIER)
            rename_timm_vit(state_dict, prefix)
        self.load_temporal_embed(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
