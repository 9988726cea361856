"""Drop an image checkpoint's classifier, which the backbone does not have."""

from mmengine.logging import print_log
from torch import Tensor


def drop_classifier(
    state_dict: dict[str, Tensor], prefix: str, layers: tuple = ('head', 'head_dist')
) -> None:
    """Remove timm's classifier, ``layers`` under ``prefix``, in place, and log it."""
    starts = tuple(f'{prefix}{layer}.' for layer in layers)
    names = [name for name in state_dict if name.startswith(starts)]
    for name in names:
        del state_dict[name]
    if names:
        print_log(f'the image classifier is not loaded: {", ".join(names)}', 'current')
