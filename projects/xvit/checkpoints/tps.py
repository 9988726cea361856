"""The authors' TPS checkpoints (github.com/MartinXM/TPS, on MMAction 0.x)."""

from torch import Tensor

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
