"""Weights of image models, renamed: timm's ViT and Visformer, Microsoft's Swin."""

import re

from torch import Tensor

# Pairs of a pattern and its replacement, applied in this order.
Renames = tuple[tuple[str, str], ...]
# The final norm is `norm`, those of a layer are `norm1` and `norm2`.
_TIMM_VIT: Renames = (
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
_TIMM_VIT_HEAD = re.compile(r'^(head|head_dist|pre_logits|fc_norm)\.')
_SWIN: Renames = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^layers\.', 'stages.'),
    (r'\.attn\.(?!w_msa\.)', '.attn.w_msa.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)
# Computed from the window size, so they are not loaded.
_SWIN_BUFFER = re.compile(r'\.(relative_position_index\w*|attn_mask)$')


def convert_timm_vit(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's ViT, or the JAX port -> mmpretrain's ``VisionTransformer``, no classifier."""
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
        prefix (str): Only keys that start with it are changed.
    """
    for key in [k for k in state_dict if k.startswith(prefix)]:
        value = state_dict.pop(key)
        name = key[len(prefix) :]
        if not _TIMM_VIT_HEAD.match(name):
            state_dict[prefix + renamed(name, _TIMM_VIT)] = value


def convert_timm_visformer(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's Visformer -> ``LAPSVisformer``: the same names, without the classifier."""
    return {key: v for key, v in state_dict.items() if not key.startswith('head.')}


def convert_swin(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Microsoft's image Swin (github.com/microsoft/Swin-Transformer) -> mmpretrain's.

    Args:
        state_dict (dict[str, Tensor]): Their ``model``.

    Returns:
        dict[str, Tensor]: For ``SwinTransformer``, or for ``TPSSwin``, which inflates it.
        Without the buffers and the classifier.
    """
    converted = {k: v for k, v in state_dict.items() if not k.startswith('head.')}
    rename_swin(converted)
    return converted


def rename_swin(state_dict: dict[str, Tensor], prefix: str = '') -> None:
    """Rename Microsoft's keys under ``prefix``, reorder patch merging, drop buffers.

    Args:
        state_dict (dict[str, Tensor]): Changed in place.
        prefix (str): Only keys that start with it are changed.
    """
    stages = re.compile(re.escape(prefix) + r'layers\.(\d+)\.')
    last = max((int(m[1]) for m in map(stages.match, state_dict) if m), default=0)
    for key in [k for k in state_dict if k.startswith(prefix)]:
        value = state_dict.pop(key)
        name = key[len(prefix) :]
        if _SWIN_BUFFER.search(name):
            continue
        if re.search(r'\.downsample\.(reduction|norm)\.', name):
            value = reorder_merged_channels(value)
        name = renamed(name, (*_SWIN, (r'^norm\.', f'norm{last}.')))
        state_dict[prefix + name] = value


def reorder_merged_channels(value: Tensor) -> Tensor:
    """Put patch merging's input channels into the order of ``nn.Unfold``.

    Microsoft concatenates the four neighbours (row, column) in the order 00, 10, 01, 11,
    each with all its C channels. ``nn.Unfold`` puts the neighbours 00, 01, 10, 11 of each
    channel side by side.

    Args:
        value (Tensor): ``(..., 4 * C)``.

    Returns:
        Tensor: ``(..., 4 * C)``.
    """
    column_row_channel = value.unflatten(-1, (2, 2, -1))
    return column_row_channel.transpose(-1, -3).flatten(-3).contiguous()


def renamed(name: str, renames: Renames) -> str:
    """The name after all replacements."""
    for pattern, replacement in renames:
        name = re.sub(pattern, replacement, name)
    return name
