"""A frozen host, whose features a probe is trained on."""

from mmaction.registry import MODELS
from mmengine.model import BaseModule
from torch import Tensor, nn

from ..hosts.frame_tokens import FrameTokens
from .identity import Identity


@MODELS.register_module()
class FrozenBackbone(BaseModule):
    """A host whose weights are frozen, in evaluation mode also in training.

    Only the head is trained: a probe of the host's features. In place of clips it takes
    features ``(N, T, C)`` that it computed before, and returns them. The data set
    :class:`CachedFeatures` gives them.

    The host's weights are loaded when the model is built, from its ``init_cfg`` or
    ``pretrained``. A checkpoint does not hold them, but it says which host it belongs to,
    and loading it with another host is an error. A host that has neither is saved whole,
    because nothing else has its random weights. So is a host sharded by FSDP.
    ``tools/merge_adapters.py`` writes one checkpoint of host and head.

    Args:
        backbone (dict): Config of the host, a ``VideoViT``, a ``TimmVideoViT`` or a method
            on one of them.

    Raises:
        TypeError: If ``backbone`` is no such host.
        ValueError: On loading, if the checkpoint belongs to another host.
    """

    peft: dict = {}
    has_frozen_host = True

    def __init__(self, backbone: dict) -> None:
        super().__init__()
        host = MODELS.build(backbone)
        if not isinstance(host, FrameTokens):
            raise TypeError(
                'backbone must be a VideoViT, a TimmVideoViT or a method on one of them, '
                f'got {type(host).__name__}'
            )
        self.has_source = bool(host.init_cfg or backbone.get('pretrained'))
        host.init_weights()
        self.identity = Identity(backbone, self.peft, host if self.has_source else None)
        self.backbone = self.adapt(host)
        # By name, because the copy that averages weights has no gradients.
        weights = self.backbone.named_parameters()
        self.trained = {name for name, value in weights if value.requires_grad}
        self._register_state_dict_hook(_leave_out_frozen)
        self.train()

    def adapt(self, host: nn.Module) -> nn.Module:
        """Freeze the host."""
        return host.requires_grad_(False)

    def forward(self, x: Tensor) -> Tensor:
        """Compute the features ``(N, T, C)`` of clips ``(N, 3, T, H, W)``.

        Args:
            x (Tensor): Clips, or features ``(N, T, C)``, which are returned.
        """
        return x if x.ndim == 3 else self.backbone(x)

    def init_weights(self) -> None:
        """Do nothing: everything has its first weights already."""

    def train(self, mode: bool = True) -> 'FrozenBackbone':
        """Keep the host in evaluation mode."""
        super().train(mode)
        self.backbone.eval()
        return self

    def frozen_weights(self) -> dict[str, Tensor]:
        """The host's weights that are not trained, by their names in its state dict."""
        state_dict = self.backbone.state_dict()
        return {k: value for k, value in state_dict.items() if k not in self.trained}

    def _load_from_state_dict(self, state_dict, prefix, *args, **kwargs) -> None:
        """Check that the checkpoint belongs to this host, and keep its frozen weights."""
        self.identity.check(state_dict.pop(prefix + Identity.KEY, None))
        if self.has_source:
            for name, value in self.frozen_weights().items():
                state_dict.setdefault(f'{prefix}backbone.{name}', value)
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)


def _leave_out_frozen(module: FrozenBackbone, state_dict: dict, prefix: str, *_) -> None:
    """Add what identifies the host, and leave out what its file has."""
    state_dict[prefix + Identity.KEY] = module.identity.as_tensor()
    # FSDP needs each of the parameters that it has gathered.
    if module.has_source and '_fsdp_wrapped_module' not in prefix:
        for name in module.frozen_weights():
            state_dict.pop(f'{prefix}backbone.{name}', None)
