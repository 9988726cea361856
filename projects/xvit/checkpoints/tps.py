"""The authors' TPS checkpoints (github.com/MartinXM/TPS, on MMAction 0.x)."""

from mmpretrain.models import SwinTransformer
from torch import Tensor

from .describe import classifier, count, named_arch
from .swin import rename_swin


def convert_tps(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """Authors' TPS -> recognizer with ``TPSSwin`` and MMAction2's ``I3DHead``.

    Their head has the same names; their index and mask buffers are left out.

    Args:
        state_dict (dict[str, Tensor]): Their ``state_dict``.

    Returns:
        dict[str, Tensor]: With the prefixes ``backbone.`` and ``cls_head.``.
    """
    converted = dict(state_dict)
    rename_swin(converted, 'backbone.')
    return converted


def describe_tps(weights: dict[str, Tensor], checkpoint: dict) -> dict[str, dict]:
    """What a converted file means: the sizes, and what the authors' code has fixed."""
    kernel = weights['backbone.patch_embed.projection.weight']
    stages = [
        f'backbone.stages.{i}.blocks.' for i in range(count(weights, 'backbone.stages.'))
    ]
    tables = [weights[f'{s}0.attn.w_msa.relative_position_bias_table'] for s in stages]
    arch = dict(
        embed_dims=len(kernel),
        depths=[count(weights, stage) for stage in stages],
        num_heads=[table.shape[1] for table in tables],
    )
    return dict(
        backbone=dict(
            type='TPSSwin',
            arch=named_arch(arch, SwinTransformer.arch_zoo),
            patch_size=tuple(kernel.shape[2:]),
            # (2 * 16 - 1) * (2 * w - 1) ** 2 rows.
            window_size=(round((len(tables[0]) / 31) ** 0.5) + 1) // 2,
            shift_pattern='official',
            channel_shift_div=8,
            temporal_bias='official',
        ),
        cls_head=dict(type='I3DHead', **classifier(weights)),
    )
