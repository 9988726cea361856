"""RandAugment with imgaug's operations and strengths, drawn once per clip."""

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_positive
from .clips import Frames, augment_each_clip
from .imgaug_operations import operations


@TRANSFORMS.register_module()
class ClipImgAugment(BaseTransform):
    """RandAugment (arXiv 1909.13719) as in ``Imgaug`` of MMAction 0.x.

    ``num_ops`` different operations are drawn uniformly, and applied in the order below at
    a level ``l = magnitude / 10``. At magnitude 9 they are:

    - shear along x, along y by 17.19 l = 15.47 degrees to either side;
    - translation along x, along y by 0.2 l = 18 % to either side;
    - rotation by 30 l = 27 degrees to either side;
    - posterizing to 4 l, rounded down, at least 1, = 3 bits;
    - solarizing values from 256 l, rounded down, = 230 up;
    - colour, contrast, brightness, sharpness times 1.8 l + 0.1 = 1.72;
    - autocontrast, equalizing, inverting;
    - a grey square of 0.2 l = 18 % of the height, anywhere.

    All frames of a clip get the same operations, sides and place. Each clip of a sample has
    its own draw, see :func:`augment_each_clip`. NumPy's generator draws, which MMEngine
    seeds in every data worker. MMAction 0.x draws the sides only once, when the pipeline is
    built; a resumed run would then go on with other sides.

    Use it after cropping and flipping, before normalization.

    Required keys: ``imgs``, and ``clip_len`` if there are several clips. Modified keys:
    ``imgs``.

    Source: ``Imgaug`` in ``mmaction/datasets/pipelines/augmentations.py`` of
    https://github.com/MartinXM/TPS, and imgaug 0.4, https://github.com/aleju/imgaug, which
    does not run with today's NumPy.

    Args:
        num_ops (int): Different operations, 1 to 15.
        magnitude (float): 0 to 10, the strongest.

    Raises:
        TypeError: If ``num_ops`` is not an integer.
        ValueError: If an argument is out of its range; above 15 operations, when called.
    """

    def __init__(self, num_ops: int = 2, magnitude: float = 9) -> None:
        check_positive('num_ops', num_ops)
        if not 0 <= magnitude <= 10:
            raise ValueError(f'magnitude must be from 0 to 10, got {magnitude}')
        self.num_ops = num_ops
        self.magnitude = magnitude

    def transform(self, results: dict) -> dict:
        """Augment ``results['imgs']``."""
        return augment_each_clip(results, self._augment)

    def _augment(self, frames: Frames) -> Frames:
        sides = np.random.choice([-1, 1], size=5)
        center = np.random.uniform(size=2)
        applied = operations(self.magnitude / 10, sides, center)
        chosen = np.random.choice(len(applied), self.num_ops, replace=False)
        for index in sorted(chosen):
            frames = [applied[index](frame) for frame in frames]
        return frames
