"""timm's Vision Transformers on every frame of a clip, with places for moves.

These are ``VisionTransformer`` (AugReg, CLIP, SigLIP 2, DINOv2) and ``Eva`` (DINOv3,
EVA-02, PE).
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import lru_cache

import timm
import torch
import torch.nn.functional as F
from mmaction.registry import MODELS
from mmengine.model import BaseModule
from timm.layers import Attention, AttentionRope, apply_rot_embed_cat
from timm.models import eva, vision_transformer
from torch import Tensor, nn

from ...checkpoints.reshaped import warn_reshaped
from ..moves import Clip, Layer, LayerMoves, MovingAttention, per_layer, set_moves
from ..moves.drop_clips import drop_clips
from .checks import check_fixed
from .frame_tokens import FrameTokens
from .image_classifier import drop_classifier
from .timm_download import explained_download


class _TimmAttention(MovingAttention):
    """The steps that timm's attention layers share."""

    def project(self, x: Tensor, clip: Clip) -> tuple[Tensor, ...]:
        """Project; queries and keys are also normalized and rotated."""
        q, k, v = self._project(x)
        q, k = self.q_norm(q), self.k_norm(k)
        if clip.rope is not None:
            q, k = (self._rotate(z, clip.rope).type_as(v) for z in (q, k))
        return q, k, v

    def _project(self, x: Tensor) -> tuple[Tensor, ...]:
        if self.qkv is None:
            parts = self.q_proj(x), self.k_proj(x), self.v_proj(x)
            return tuple(part.unflatten(-1, (self.num_heads, -1)) for part in parts)
        return self._qkv(x).unflatten(-1, (3, self.num_heads, -1)).unbind(-3)

    def _qkv(self, x: Tensor) -> Tensor:
        return self.qkv(x)

    def _rotate(self, x: Tensor, rope: Tensor) -> Tensor:
        count = self.num_prefix_tokens
        patches = x[:, count:].transpose(1, 2)
        patches = apply_rot_embed_cat(patches, rope, half=self.rotate_half)
        return torch.cat([x[:, :count], patches.transpose(1, 2)], dim=1)

    def normalize(self, x: Tensor) -> Tensor:
        return self.norm(x)


class PlainAttention(_TimmAttention, Attention):
    """timm's ``Attention`` with moves."""


class RopeAttention(_TimmAttention, AttentionRope):
    """timm's ``AttentionRope`` with moves."""


class EvaAttention(_TimmAttention, eva.EvaAttention):
    """timm's ``EvaAttention``, whose keys have no bias, with moves."""

    def _qkv(self, x: Tensor) -> Tensor:
        if self.q_bias is None:
            return self.qkv(x)
        bias = torch.cat([self.q_bias, self.k_bias, self.v_bias])
        if type(self.qkv) is not nn.Linear:  # It has an adapter, see `PeftBackbone`.
            return self.qkv(x) + bias
        return F.linear(x, self.qkv.weight, bias)


ATTENTIONS = {
    Attention: PlainAttention,
    AttentionRope: RopeAttention,
    eva.EvaAttention: EvaAttention,
}
# The timm module that converts the checkpoints of each class.
FAMILIES = {vision_transformer.VisionTransformer: vision_transformer, eva.Eva: eva}
BLOCKS = (vision_transformer.Block, eva.EvaBlock)


@MODELS.register_module()
class TimmVideoViT(FrameTokens, BaseModule):
    """A timm Vision Transformer on each frame; moves let its layers see other frames.

    Without moves a frame's feature equals that of ``timm.create_model(model_name,
    num_classes=0)``, pooled as timm pools it. Parameters keep timm's names; moves have
    none. Keys are shifted after their norm and rotary embedding. Stochastic depth drops a
    layer for a whole clip. ``pretrained=True`` downloads timm's image weights. Weights from
    a file are resized as timm does it, with a warning::

        init_cfg=dict(type='Pretrained', checkpoint=FILE)

    Args:
        model_name (str): timm's name, such as ``'vit_base_patch16_dinov3'``.
        num_frames (int): Expected T of the input; others run too if the moves support them.
        moves (Sequence[Sequence[dict]]): One list of moves per layer, repeated over the
            layers; empty for the image model. See :class:`LayerMoves`.
        temporal_embed_frames (int): See :class:`VideoViT`.
        img_size (int | tuple, optional): Height and width of the frames. Default: timm's.
        pretrained (bool): Load timm's weights.
        interpolate_temporal_embed (bool): See :class:`VideoViT`.
        with_cp (bool): Recompute each layer in the backward pass to save memory.
        init_cfg (dict | list[dict], optional): See mmengine's ``BaseModule``.
        **timm_kwargs: More arguments of ``timm.create_model``, such as ``drop_path_rate``.

    Raises:
        OSError: If the weights must be downloaded and cannot be. It names the file.
        TypeError: If timm's model has an unsupported class or block, or drops patches.
        ValueError: If an argument is out of range, or a move does not fit; on loading, if
            the checkpoint's ``temporal_embed`` has a different number of entries.
    """

    def __init__(
        self,
        model_name: str,
        num_frames: int = 8,
        moves: Sequence[Sequence[dict]] = (),
        temporal_embed_frames: int = 0,
        img_size: int | tuple[int, int] | None = None,
        pretrained: bool = False,
        interpolate_temporal_embed: bool = False,
        with_cp: bool = False,
        init_cfg: dict | list[dict] | None = None,
        **timm_kwargs,
    ) -> None:
        check_fixed(self, 'features', ('num_classes',), timm_kwargs)
        if img_size is not None:
            timm_kwargs['img_size'] = img_size
        with explained_download(model_name) if pretrained else nullcontext():
            image = timm.create_model(
                model_name, pretrained=pretrained, num_classes=0, **timm_kwargs
            )
        _check_image_model(model_name, image)
        super().__init__(init_cfg)
        # It becomes an instance of timm's class, with timm's parameters and their names.
        vars(self).update(vars(image))
        self.__class__ = _family(type(self), type(image))
        self.with_cp = with_cp
        self.make_temporal_embed(
            temporal_embed_frames, self.embed_dim, interpolate_temporal_embed
        )
        for block, block_list in zip(self.blocks, per_layer(moves, len(self.blocks))):
            attn = block.attn
            inner = attn.num_heads * attn.head_dim
            place = Layer(self.embed_dim, inner, attn.num_heads, self.cls_token is not None)
            set_moves(attn, ATTENTIONS[type(attn)], LayerMoves(block_list, place))
        self.check_num_frames(num_frames)

    @property
    def frame_layers(self) -> nn.Sequential:
        return self.blocks

    def embed(self, x: Tensor, tape=None) -> tuple[Tensor, list[Clip]]:
        num_frames = x.shape[2]
        grid = self.patch_embed.dynamic_feat_size(x.shape[3:])
        x, rope = self._pos_embed(self.patch_embed(x.transpose(1, 2).flatten(0, 1))), None
        if isinstance(x, tuple):
            x, rope = x
        x = self.norm_pre(self.embed_time(x, num_frames, tape))
        depth = len(self.blocks)
        mixed = rope is not None and getattr(self, 'rope_mixed', False)
        ropes = rope if mixed else [rope] * depth
        prefix = self.num_prefix_tokens
        return x, [Clip(num_frames, tuple(grid), prefix, rope) for rope in ropes]

    @staticmethod
    def run_layer(block: nn.Module, x: Tensor, clip: Clip) -> Tensor:
        """timm's ``Block.forward`` and ``EvaBlock.forward`` with moves."""
        moves = block.attn.moves
        x = moves.stream(x, clip)
        y = _scale(block, 1, block.attn(block.norm1(x), clip))
        x = moves.skip(x, clip) + drop_clips(block.drop_path1, y, clip.num_frames)
        x = moves.stream(x, clip)
        y = _scale(block, 2, block.mlp(block.norm2(x)))
        return x + drop_clips(block.drop_path2, y, clip.num_frames)

    def read_out(self, x: Tensor) -> Tensor:
        """timm's norms and pooling."""
        return self.forward_head(self.norm(x), pre_logits=True)

    def __reduce__(self):
        """Support copy and pickle, although the class is created at run time."""
        return _empty, type(self).__bases__, self.__dict__

    def init_weights(self) -> None:
        """Load the weights of ``init_cfg``. timm has already initialized the model."""
        if self.init_cfg:
            BaseModule.init_weights(self)

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        self.load_temporal_embed(state_dict, prefix)
        theirs = {
            key[len(prefix) :]: state_dict.pop(key)
            for key in [k for k in state_dict if k.startswith(prefix)]
        }
        adapt = FAMILIES[type(self).__bases__[1]].checkpoint_filter_fn
        for key, value in adapt(theirs, self).items():
            before, own = theirs.get(key), getattr(self, key, None)
            if isinstance(own, Tensor) and before is not None and before.shape != own.shape:
                warn_reshaped(prefix + key, before.shape, own.shape)
            state_dict[prefix + key] = value
        drop_classifier(state_dict, prefix)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


@lru_cache
def _family(host: type, image_model: type) -> type:
    """Make a subclass of both the host and timm's image model."""
    return type(host.__name__, (host, image_model), {'__module__': host.__module__})


def _empty(host: type, image_model: type) -> TimmVideoViT:
    return object.__new__(_family(host, image_model))


def _scale(block: nn.Module, i: int, x: Tensor) -> Tensor:
    """Apply the layer scale after attention (1) or MLP (2)."""
    if isinstance(block, vision_transformer.Block):
        return getattr(block, f'ls{i}')(x)
    gamma = getattr(block, f'gamma_{i}')
    return x if gamma is None else gamma * x


def _check_image_model(name: str, image: nn.Module) -> None:
    """Raise ``TypeError`` if the image model has no places for moves."""
    if type(image) not in FAMILIES:
        raise TypeError(
            f'model_name must be a VisionTransformer or an Eva of timm, but {name!r} is a '
            f'{type(image).__name__}'
        )
    for block in image.blocks:
        kinds = f'{type(block).__name__} with {type(block.attn).__name__}'
        if type(block) not in BLOCKS or type(block.attn) not in ATTENTIONS:
            raise TypeError(f'{name!r} has {kinds}, which is not supported')
        if getattr(block.attn, 'gate', None) is not None:
            raise TypeError(f'{name!r} has gated attention, which is not supported')
        if getattr(block.attn, 'num_kv_groups', 1) > 1:
            raise TypeError(f'{name!r} shares keys among heads, which is not supported')
    if not isinstance(image.patch_drop, nn.Identity | None):
        raise TypeError('patch_drop_rate must be 0: it drops other patches in each frame')
