"""timm's Visformer weights: its names are the backbone's."""

from torch import Tensor


def convert_timm_visformer(state_dict: dict[str, Tensor]) -> dict[str, Tensor]:
    """timm's Visformer -> ``LAPSVisformer``, without the image classifier.

    Args:
        state_dict (dict[str, Tensor]): timm's.

    Returns:
        dict[str, Tensor]: A backbone's; ``LAPSVisformer`` resizes the position embeddings
        of another image size on loading.
    """
    converted = dict(state_dict)
    drop_classifier(converted)
    return converted


def drop_classifier(state_dict: dict[str, Tensor], prefix: str = '') -> None:
    """Remove timm's classifier, the keys ``head.*`` under ``prefix``, in place."""
    for key in [k for k in state_dict if k.startswith(f'{prefix}head.')]:
        del state_dict[key]
