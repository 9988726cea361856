"""A frozen host with trainable adapters of the peft library."""

from typing import Any

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..hosts.frame_tokens import FrameTokens
from .identity import Identity


@MODELS.register_module()
class PeftBackbone(BaseModule):
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
        super().__init__()
        host = MODELS.build(backbone)
        if not isinstance(host, FrameTokens):
            raise TypeError(
                'backbone must be a VideoViT, a TimmVideoViT or a method on one of them, '
                f'got {type(host).__name__}'
            )
        self.has_source = bool(host.init_cfg or backbone.get('pretrained'))
        host.init_weights()
        config = peft_config(peft)
        self.identity = Identity(backbone, peft, host if self.has_source else None)
        from peft import inject_adapter_in_model

        self.backbone = inject_adapter_in_model(config, host)
        if getattr(host, 'temporal_embed', None) is not None:
            host.temporal_embed.requires_grad_(True)
        # By name, because the copy that averages weights has no gradients.
        weights = self.backbone.named_parameters()
        self.trained = {name for name, value in weights if value.requires_grad}
        self._register_state_dict_hook(_leave_out_frozen)
        self.train()

    def forward(self, x: Tensor) -> Tensor:
        """Compute the features ``(N, T, C)`` of ``(N, 3, T, H, W)``."""
        return self.backbone(x)

    def init_weights(self) -> None:
        """Do nothing: the host and the adapters have their first weights already."""

    def train(self, mode: bool = True) -> 'PeftBackbone':
        """Set the mode of the adapters. The host stays in evaluation mode."""
        super().train(mode)
        self.backbone.eval()
        for layer in adapted_layers(self.backbone).values():
            layer.train(mode)
            layer.get_base_layer().eval()
        return self

    def frozen_weights(self) -> dict[str, Tensor]:
        """The host's weights that are not trained, by their names in its state dict."""
        state_dict = self.backbone.state_dict()
        return {k: value for k, value in state_dict.items() if k not in self.trained}

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        """Check that the adapters belong to this host, and keep its frozen weights."""
        self.identity.check(state_dict.pop(prefix + Identity.KEY, None))
        if self.has_source:
            for name, value in self.frozen_weights().items():
                state_dict.setdefault(f'{prefix}backbone.{name}', value)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


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


def _leave_out_frozen(module: PeftBackbone, state_dict: dict, prefix: str, *_) -> None:
    """Add what identifies the adapters, and leave out what their host's file has."""
    state_dict[prefix + Identity.KEY] = module.identity.as_tensor()
    # FSDP needs each of the parameters that it has gathered.
    if module.has_source and '_fsdp_wrapped_module' not in prefix:
        for name in module.frozen_weights():
            state_dict.pop(f'{prefix}backbone.{name}', None)
