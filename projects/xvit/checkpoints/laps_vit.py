"""The authors' LAPS checkpoints (github.com/VideoNetworks/LAPS-transformer)."""

import re

from torch import Tensor

from .describe import classifier, vit_arguments
from .timm_vit import rename_timm_vit

# In this order: the classifier is one of the base model's modules. `module.` is there from
# training on several GPUs.
_RENAMES = (
    (r'^(module\.)?base_model\.head\.', 'cls_head.fc_cls.'),
    (r'^(module\.)?base_model\.', 'backbone.'),
)


def convert_laps_vit(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Authors' LAPS ViT -> recognizer with ``LAPSViT`` and ``FrameAverageHead``.

    Args:
        state_dict (dict[str, Tensor]): Their ``state_dict``.

    Returns:
        dict[str, Tensor]: With the prefixes ``backbone.`` and ``cls_head.``.
    """
    converted = {}
    for key, value in state_dict.items():
        for pattern, replacement in _RENAMES:
            key = re.sub(pattern, replacement, key)
        converted[key] = value
    rename_timm_vit(converted, 'backbone.')
    return converted


def describe_laps_vit(weights: dict[str, Tensor], checkpoint: dict) -> dict[str, dict]:
    """What a converted file means; it tells neither frames nor levels nor the shift."""
    return dict(
        backbone=dict(type='LAPSViT', **vit_arguments(weights), shift_per_head=True),
        cls_head=dict(type='FrameAverageHead', **classifier(weights)),
    )
