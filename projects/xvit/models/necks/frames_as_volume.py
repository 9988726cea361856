"""Features of frames in the shape that MMAction2's feature extraction pools."""

from mmaction.registry import MODELS
from torch import Tensor, nn


@MODELS.register_module()
class FramesAsVolume(nn.Module):
    """Turn ``(N, T, C)`` into ``(N, C, T, 1, 1)``, the shape of a 3D backbone's output.

    MMAction2's ``tools/misc/clip_feature_extraction.py`` replaces the head of any config by
    its ``FeatureHead``, which pools such a volume but fails on three axes. A neck is kept::

        --cfg-options model.neck.type=FramesAsVolume
    """

    def forward(self, x: Tensor, data_samples: list | None = None) -> tuple[Tensor, dict]:
        """Add two axes of length 1.

        Args:
            x (Tensor): ``(N, T, C)``.
            data_samples (list, optional): Not used; MMAction2 passes them to a neck.

        Returns:
            tuple: ``(N, C, T, 1, 1)``, and the neck's losses: none.

        Raises:
            ValueError: If the shape is wrong.
        """
        if x.ndim != 3:
            raise ValueError(f'the features must be (N, T, C), got shape {tuple(x.shape)}')
        return x.transpose(1, 2)[..., None, None], {}
