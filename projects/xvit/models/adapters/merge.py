"""The plain host of a frozen backbone, with its adapters added to its weights."""

from mmengine.config import Config
from torch import nn

from ...analysis import without_weights
from .frozen_backbone import FrozenBackbone
from .peft_backbone import adapted_layers


def merge(backbone: FrozenBackbone) -> nn.Module:
    """Return the host with its adapters added to its weights; ``backbone`` is used up.

    It has the parameters, names and multiply-adds of the image model.

    Raises:
        ValueError: If adapters of this kind cannot be merged, or have NaN.
    """
    host = backbone.backbone
    for name, layer in adapted_layers(host).items():
        if not hasattr(layer, 'merge'):
            raise ValueError(f'{type(layer).__name__} at {name} cannot be merged')
        layer.merge(safe_merge=True)
        host.set_submodule(name, layer.get_base_layer())
    return host.requires_grad_(True)


def merged_config(cfg: Config) -> Config:
    """The config with the plain host as its backbone, and no weights to start from.

    Raises:
        ValueError: If the backbone of the config is no ``PeftBackbone`` and no
            ``FrozenBackbone``.
    """
    kind = cfg.model.backbone.type
    if kind not in ('PeftBackbone', 'FrozenBackbone'):
        raise ValueError(
            f'model.backbone must be a PeftBackbone or a FrozenBackbone, got {kind}'
        )
    merged = Config(cfg.to_dict())
    merged.model.backbone = without_weights(cfg.model.backbone.backbone.to_dict())
    return merged
