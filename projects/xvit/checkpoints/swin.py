"""Microsoft's Swin names (github.com/microsoft/Swin-Transformer) in mmpretrain's words."""

import re

from torch import Tensor

_RENAMES = (
    (r'^patch_embed\.proj\.', 'patch_embed.projection.'),
    (r'^layers\.', 'stages.'),
    (r'\.attn\.(?!w_msa\.)', '.attn.w_msa.'),
    (r'\.mlp\.fc1\.', '.ffn.layers.0.0.'),
    (r'\.mlp\.fc2\.', '.ffn.layers.1.'),
)
# These follow from the window; and the image classifier has no place in a backbone.
_BUFFER = re.compile(r'\.(relative_position_index\w*|attn_mask)$')
_HEAD = re.compile(r'^head\.')


def convert_swin(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Microsoft's image Swin -> mmpretrain's ``SwinTransformer`` (``TPSSwin`` inflates it).

    Args:
        state_dict (dict[str, Tensor]): Their ``model``.

    Returns:
        dict[str, Tensor]: Without a prefix, buffers and the classifier left out.
    """
    converted = {k: v for k, v in state_dict.items() if not _HEAD.match(k)}
    rename_swin(converted)
    return converted


def rename_swin(state_dict: dict[str, Tensor], prefix: str = '') -> None:
    """Rename Microsoft's keys under ``prefix``, reorder patch merging, drop buffers.

    Args:
        state_dict (dict[str, Tensor]): Changed in place.
        prefix (str): Only keys that begin so are touched.
    """
    stages = re.compile(re.escape(prefix) + r'layers\.(\d+)\.')
    last = max((int(m[1]) for m in map(stages.match, state_dict) if m), default=0)
    for key in [k for k in state_dict if k.startswith(prefix)]:
        value = state_dict.pop(key)
        name = key[len(prefix) :]
        if _BUFFER.search(name):
            continue
        if re.search(r'\.downsample\.(reduction|norm)\.', name):
            value = reorder_merged_channels(value)
        for pattern, replacement in _RENAMES:
            name = re.sub(pattern, replacement, name)
        name = re.sub(r'^norm\.', f'norm{last}.', name)
        state_dict[prefix + name] = value


def reorder_merged_channels(value: Tensor) -> Tensor:
    """Patch merging's input channels, in the order of ``nn.Unfold``.

    Microsoft concatenates the four neighbours (row, column) in the order 00, 10, 01, 11,
    each with all its C channels; ``nn.Unfold`` has the neighbours 00, 01, 10, 11 of every
    channel side by side.

    Args:
        value (Tensor): ``(..., 4 * C)``.

    Returns:
        Tensor: ``(..., 4 * C)``.
    """
    column_row_channel = value.unflatten(-1, (2, 2, -1))
    return column_row_channel.transpose(-1, -3).flatten(-3).contiguous()
