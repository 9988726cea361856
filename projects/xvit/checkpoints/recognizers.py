"""The authors' video checkpoints: X-ViT, LAPS (ViT) and TPS.

``convert_*`` renames the weights for strict loading. ``describe_*`` returns the arguments
of ``backbone`` and ``cls_head`` that strict loading cannot check, and some sizes. They come
from the authors' code, and for X-ViT from the configuration in the file.
"""

from typing import Any

import yaml
from torch import Tensor

from .image_models import Renames, rename_swin, rename_timm_vit, renamed

_XVIT: Renames = (
    (r'^base_model\.temp_embed$', 'backbone.temporal_embed'),
    (r'^base_model\.', 'backbone.'),
    (r'^new_fc\.', 'cls_head.fc_cls.'),
    (r'^consensus\.cls_token$', 'cls_head.cls_token'),
    (r'^consensus\.temporal_encoder\.', 'cls_head.layers.'),
    (r'\.norm([12])\.', r'.ln\1.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
    (r'^consensus\.mlp_head\.0\.', 'cls_head.norm.'),
    (r'^consensus\.mlp_head\.1\.', 'cls_head.fc_hidden.'),
    (r'^consensus\.mlp_head\.4\.', 'cls_head.fc_cls.'),
)
# The classifier is a module of the base model. Training on several GPUs adds `module.`.
_LAPS: Renames = (
    (r'^(module\.)?base_model\.head\.', 'cls_head.fc_cls.'),
    (r'^(module\.)?base_model\.', 'backbone.'),
)


def convert_xvit(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """X-ViT (github.com/1adrianb/video-transformers) -> a recognizer with ``XViT``.

    The head is ``TemporalAttentionHead``, or ``FrameAverageHead`` for a model without
    temporal attention. Only the latter trains ``new_fc``, its classifier of each frame.
    In other models ``new_fc`` is left out.

    Args:
        state_dict (dict[str, Tensor]): Their ``model_state``.

    Returns:
        dict[str, Tensor]: With the prefixes ``backbone.`` and ``cls_head.``.
    """
    with_attention = any(key.startswith('consensus.') for key in state_dict)
    converted = {
        renamed(key, _XVIT): value
        for key, value in state_dict.items()
        if not (with_attention and key.startswith('new_fc.'))
    }
    rename_timm_vit(converted, 'backbone.')
    return converted


def convert_laps_vit(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """LAPS (github.com/VideoNetworks/LAPS-transformer), its ViT -> a recognizer.

    Args:
        state_dict (dict[str, Tensor]): Their ``state_dict``.

    Returns:
        dict[str, Tensor]: For ``LAPSViT`` and ``FrameAverageHead``, with the prefixes
        ``backbone.`` and ``cls_head.``.
    """
    converted = {renamed(key, _LAPS): value for key, value in state_dict.items()}
    rename_timm_vit(converted, 'backbone.')
    return converted


def convert_tps(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """TPS (github.com/MartinXM/TPS, on MMAction 0.x) -> a recognizer.

    Their head has MMAction2's names already. Their index and mask buffers are left out.

    Args:
        state_dict (dict[str, Tensor]): Their ``state_dict``.

    Returns:
        dict[str, Tensor]: For ``TPSSwin`` and MMAction2's ``I3DHead``, with the prefixes
        ``backbone.`` and ``cls_head.``.
    """
    converted = dict(state_dict)
    rename_swin(converted, 'backbone.')
    return converted


def describe_xvit(weights: dict[str, Tensor], checkpoint: dict) -> dict[str, dict]:
    """The arguments of ``XViT`` and of its head that the file tells.

    Args:
        weights (dict[str, Tensor]): From :func:`convert_xvit`.
        checkpoint (dict): The authors' file. Its ``cfg`` is their configuration, YAML of
            ``slowfast/config/defaults.py``.

    Raises:
        KeyError: If a tensor is missing that every such model has.
        ValueError: If some layers do not mix frames, which ``XViT`` cannot express.
    """
    cfg = read_authors_cfg(checkpoint.get('cfg'))
    method, head = cfg.get('XVIT', {}), cfg.get('TEMPORAL_HEAD', {})
    frames = cfg.get('DATA', {}).get('NUM_FRAMES')
    span = method.get('NUM_SEGMENTS')
    backbone = dict(
        type='XViT',
        **vit_sizes(weights),
        mix_targets=('k', 'v'),
        mix_per_head=False,
        summary_tokens=False,
        temporal_embed_frames=weights['backbone.temporal_embed'].shape[1],
    )
    if frames:
        backbone['num_frames'] = frames
    if 'USE_XVIT' in method:
        backbone['window'] = int(method['USE_XVIT'])
    if backbone.get('window') != 0:
        if 'SHIFT_DIV' in method:
            backbone['shift_div'] = method['SHIFT_DIV']
        if frames and span:
            backbone['mix_span'] = span if span < frames else None

    layers = {int(k.split('.')[2]) for k in weights if k.startswith('backbone.layers.')}
    if unmixed := layers - set(method.get('LOCATIONS_LIST', layers)):
        raise ValueError(f'XViT mixes every layer, LOCATIONS_LIST lacks {sorted(unmixed)}')

    cls_head = dict(type='FrameAverageHead', num_classes=num_classes(weights))
    if 'cls_head.cls_token' in weights:
        cls_head['type'] = 'TemporalAttentionHead'
        if 'NUM_ATTENTION_HEADS' in head:
            cls_head['num_heads'] = head['NUM_ATTENTION_HEADS']
    if 'DROPOUT_RATE' in cfg.get('MODEL', {}):
        cls_head['dropout_ratio'] = cfg['MODEL']['DROPOUT_RATE']
    return dict(backbone=backbone, cls_head=cls_head)


def describe_laps_vit(weights: dict[str, Tensor], checkpoint: dict) -> dict[str, dict]:
    """LAPS's arguments. Its file tells neither frames nor levels nor channels to shift.

    Raises:
        KeyError: If a tensor is missing that every such model has.
    """
    return dict(
        backbone=dict(type='LAPSViT', **vit_sizes(weights), shift_per_head=True),
        cls_head=dict(type='FrameAverageHead', num_classes=num_classes(weights)),
    )


def describe_tps(weights: dict[str, Tensor], checkpoint: dict) -> dict[str, dict]:
    """TPS's arguments. All but the sizes are fixed in the authors' code.

    Raises:
        KeyError: If a tensor is missing that every such model has.
    """
    table = weights['backbone.stages.0.blocks.0.attn.w_msa.relative_position_bias_table']
    return dict(
        backbone=dict(
            type='TPSSwin',
            patch_size=tuple(weights['backbone.patch_embed.projection.weight'].shape[2:]),
            # The table has (2 * 16 - 1) * (2 * window - 1) ** 2 rows.
            window_size=(round((len(table) / 31) ** 0.5) + 1) // 2,
            shift_pattern='official',
            channel_shift_div=8,
            temporal_bias='official',
        ),
        cls_head=dict(type='I3DHead', num_classes=num_classes(weights)),
    )


def vit_sizes(weights: dict[str, Tensor]) -> dict[str, int]:
    """``img_size`` and ``patch_size`` of a ViT for square images."""
    patch_size = weights['backbone.patch_embed.projection.weight'].shape[-1]
    side = round((weights['backbone.pos_embed'].shape[1] - 1) ** 0.5)
    return dict(img_size=side * patch_size, patch_size=patch_size)


def num_classes(weights: dict[str, Tensor]) -> int:
    """The number of classes that ``cls_head.fc_cls`` tells apart."""
    return len(weights['cls_head.fc_cls.weight'])


def read_authors_cfg(text: Any) -> dict[str, dict]:
    """The sections of X-ViT's YAML configuration. Empty if ``text`` is not one."""
    try:
        cfg = yaml.safe_load(text) if isinstance(text, str) else None
    except yaml.YAMLError:
        cfg = None
    sections = cfg.items() if isinstance(cfg, dict) else ()
    return {name: section for name, section in sections if isinstance(section, dict)}
