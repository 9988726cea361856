"""A frozen host with trainable adapters of the peft library."""

from typing import Any

from mmaction.registry import MODELS
from torch import Tensor, nn

from .frozen_backbone import FrozenBackbone


@MODELS.register_module()
class PeftBackbone(FrozenBackbone):
    """A host whose weights are frozen, with adapters of peft that are trained.

    The host runs in evaluation mode, also in training. Trained are the adapters and the
    host's ``temporal_embed``, if it has one. A checkpoint holds what is trained, and which
    host and adapters it belongs to; loading that of another host, rank or method is an
    error. The host's weights are loaded when the model is built, from its ``init_cfg`` or
    ``pretrained``. A host that has neither is saved whole, because nothing else has its
    random weights. So is a host sharded by FSDP. ``tools/merge_adapters.py`` adds the
    adapters to the host's weights::

        backbone=dict(
            type='PeftBackbone',
            backbone=dict(type='TimmVideoViT', ...),
            peft=dict(type='LoraConfig', r=16, target_modules=['attn.qkv', 'attn.proj']),
        )

    Args:
        backbone (dict): Config of the host, a ``VideoViT``, a ``TimmVideoViT`` or a method
            on one of them.
        peft (dict): ``type`` is a config class of peft, such as ``'LoraConfig'``; the rest
            are its arguments.

    Raises:
        ImportError: If peft is not installed.
        TypeError: If ``backbone`` is no such host, or ``peft`` has an unknown argument.
        ValueError: If ``peft`` names no config class, or no module of the host; on loading,
            if the adapters belong to another host, rank or method.
    """

    def __init__(self, backbone: dict, peft: dict) -> None:
        self.peft = peft
        super().__init__(backbone)

    def adapt(self, host: nn.Module) -> nn.Module:
        """Add adapters to the host. They and its ``temporal_embed`` are trained."""
        config = peft_config(self.peft)
        from peft import inject_adapter_in_model

        host = inject_adapter_in_model(config, host)
        if getattr(host, 'temporal_embed', None) is not None:
            host.temporal_embed.requires_grad_(True)
        return host

    def forward(self, x: Tensor) -> Tensor:
        """Compute the features ``(N, T, C)`` of ``(N, 3, T, H, W)``."""
        return self.backbone(x)

    def train(self, mode: bool = True) -> 'PeftBackbone':
        """Set the mode of the adapters. The host stays in evaluation mode."""
        super().train(mode)
        for layer in adapted_layers(self.backbone).values():
            layer.train(mode)
            layer.get_base_layer().eval()
        return self


def peft_config(peft: dict) -> Any:
    """Build peft's config from ``peft``.

    Raises:
        ImportError: If peft is not installed.
        ValueError: If ``type`` is missing or is no config class of peft.
    """
    try:
        import peft as library
    except ImportError as error:
        raise ImportError(
            "PeftBackbone needs peft: pip install 'mmaction2-xvit[peft]'"
        ) from error
    arguments = dict(peft)
    name = arguments.pop('type', None)
    cls = getattr(library, str(name), None)
    if not (isinstance(cls, type) and issubclass(cls, library.PeftConfig)):
        raise ValueError(
            "peft must have a config class of peft as type, such as 'LoraConfig', got "
            f'{name!r}'
        )
    return cls(**arguments)


def adapted_layers(host: nn.Module) -> dict[str, nn.Module]:
    """The host's layers that have adapters, by name."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    modules = host.named_modules()
    return {name: layer for name, layer in modules if isinstance(layer, BaseTunerLayer)}
