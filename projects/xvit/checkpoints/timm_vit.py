"""timm's (and the JAX port's) Vision Transformer names, in mmpretrain's words."""

import re

from torch import Tensor

# In this order: the last norm is `norm`, a layer's are `norm1` and `norm2`.
_RENAMES = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^norm\.', 'ln1.'),
    (r'^norm_pre\.', 'pre_norm.'),
    (r'^blocks\.', 'layers.'),
    (r'\.norm([12])\.', r'.ln\1.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
    (r'\.ls1\.gamma$', '.attn.gamma1.weight'),
    (r'\.ls2\.gamma$', '.ffn.gamma2.weight'),
)
# The image classifier and its pre-logits layer have no place in a backbone.
_HEAD = re.compile(r'^(head|head_dist|pre_logits|fc_norm)\.')


def convert_timm_vit(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's ViT -> mmpretrain's ``VisionTransformer``, without the classifier."""
    converted = dict(state_dict)
    rename_timm_vit(converted)
    return converted


def is_timm_vit(state_dict: dict[str, Tensor], prefix: str = '') -> bool:
    """Whether the names under ``prefix`` are timm's."""
    return f'{prefix}blocks.0.norm1.weight' in state_dict


def rename_timm_vit(state_dict: dict[str, Tensor], prefix: str = '') -> None:
    """Rename timm's keys under ``prefix`` to mmpretrain's, and drop the classifier's.

    Args:
        state_dict (dict[str, Tensor]): Changed in place.
        prefix (str): Only keys that begin so are touched.
    """
    for key in [k for k in state_dict if k.startswith(prefix)]:
        value = state_dict.pop(key)
        name = key[len(prefix) :]
        if _HEAD.match(name):
            continue
        for pattern, replacement in _RENAMES:
            name = re.sub(pattern, replacement, name)
        state_dict[prefix + name] = value
