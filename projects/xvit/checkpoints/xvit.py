"""The authors' X-ViT checkpoints (github.com/1adrianb/video-transformers)."""

import re

from torch import Tensor

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
