"""MMAction2's preprocessor, for clips and for cached features."""

import torch
from mmaction.models import ActionDataPreprocessor
from mmaction.registry import MODELS
from torch import Tensor


@MODELS.register_module()
class ProbePreprocessor(ActionDataPreprocessor):
    """``ActionDataPreprocessor`` that stacks features and leaves their values alone.

    Clips ``(views, 3, T, H, W)`` of a sample are normalized as usual. Features
    ``(views, T, C)``, which :class:`CachedFeatures` gives, were computed from normalized
    clips. See :class:`FrozenBackbone`.
    """

    def preprocess(
        self, inputs: list[Tensor], data_samples: list, training: bool = False
    ) -> tuple[Tensor, list]:
        """Return the batch ``(N, views, ...)`` and its data samples."""
        if inputs[0].ndim == 3:
            return torch.stack(inputs), data_samples
        return super().preprocess(inputs, data_samples, training)
