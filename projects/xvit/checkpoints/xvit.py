"""The authors' X-ViT checkpoints (github.com/1adrianb/video-transformers)."""

import re

from torch import Tensor

from .describe import classifier, count, read_authors_cfg, vit_arguments
from .timm_vit import rename_timm_vit

_HEAD_RENAMES = (
    (r'^consensus\.cls_token$', 'cls_head.cls_token'),
    (r'^consensus\.temporal_encoder\.', 'cls_head.layers.'),
    (r'\.norm([12])\.', r'.ln\1.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
    (r'^consensus\.mlp_head\.0\.', 'cls_head.norm.'),
    (r'^consensus\.mlp_head\.1\.', 'cls_head.fc_hidden.'),
    (r'^consensus\.mlp_head\.4\.', 'cls_head.fc_cls.'),
)


def convert_xvit(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Authors' X-ViT -> recognizer with ``XViT`` and ``TemporalAttentionHead``.

    ``new_fc``, the per-frame classifier, is trained only in models without temporal
    attention, and becomes ``FrameAverageHead``'s there; elsewhere it is left out.

    Args:
        state_dict (dict[str, Tensor]): Their ``model_state``.

    Returns:
        dict[str, Tensor]: With the prefixes ``backbone.`` and ``cls_head.``.
    """
    converted = {}
    with_attention = any(key.startswith('consensus.') for key in state_dict)
    for key, value in state_dict.items():
        if key == 'base_model.temp_embed':
            converted['backbone.temporal_embed'] = value
        elif key.startswith('base_model.'):
            converted[f'backbone.{key.removeprefix("base_model.")}'] = value
        elif key.startswith('new_fc.'):
            if not with_attention:
                converted[f'cls_head.fc_cls.{key.removeprefix("new_fc.")}'] = value
        else:
            for pattern, replacement in _HEAD_RENAMES:
                key = re.sub(pattern, replacement, key)
            converted[key] = value
    rename_timm_vit(converted, 'backbone.')
    return converted


def describe_xvit(weights: dict[str, Tensor], checkpoint: dict) -> dict[str, dict]:
    """What a converted file means: the arguments of ``XViT`` and of its head.

    Args:
        weights (dict[str, Tensor]): Of :func:`convert_xvit`.
        checkpoint (dict): The authors' file; their configuration is its ``cfg``, YAML of
            ``slowfast/config/defaults.py``.

    Raises:
        ValueError: If some layers are not mixed, which ``XViT`` has no argument for.
    """
    cfg = read_authors_cfg(checkpoint.get('cfg'))
    method, head = cfg.get('XVIT', {}), cfg.get('TEMPORAL_HEAD', {})
    frames = cfg.get('DATA', {}).get('NUM_FRAMES')
    span = method.get('NUM_SEGMENTS')
    backbone = dict(
        type='XViT',
        **vit_arguments(weights),
        # No argument of theirs changes these.
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

    layers = set(range(count(weights, 'backbone.layers.')))
    if unmixed := layers - set(method.get('LOCATIONS_LIST', layers)):
        raise ValueError(f'XViT mixes every layer, LOCATIONS_LIST lacks {sorted(unmixed)}')

    cls_head = dict(type='FrameAverageHead', **classifier(weights))
    if 'cls_head.cls_token' in weights:
        hidden, channels = weights['cls_head.fc_hidden.weight'].shape
        cls_head.update(
            type='TemporalAttentionHead',
            in_channels=channels,
            num_layers=count(weights, 'cls_head.layers.'),
            hidden_channels=hidden,
        )
        if 'NUM_ATTENTION_HEADS' in head:
            cls_head['num_heads'] = head['NUM_ATTENTION_HEADS']
    if 'DROPOUT_RATE' in cfg.get('MODEL', {}):
        cls_head['dropout_ratio'] = cfg['MODEL']['DROPOUT_RATE']
    return dict(backbone=backbone, cls_head=cls_head)
