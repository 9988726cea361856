"""RandAugment with imgaug's operations and strengths, drawn once for a clip."""

import numpy as np
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform

from ...checks import check_number, check_positive
from .clips import Frames, augment_each_clip
from .imgaug_operations import operations


@TRANSFORMS.register_module()
class ClipImgAugment(BaseTransform):
    """RandAugment (arXiv 1909.13719) as ``Imgaug`` of MMAction 0.x does it.

    Different operations are drawn, all sets of them alike, and applied in the order below,
    at a level ``l = magnitude / 10``. At magnitude 9 that is:

    - shear along x, along y by 17.19 l = 15.47 degrees to either side;
    - translation along x, along y by 0.2 l = 18 % to either side;
    - rotation by 30 l = 27 degrees to either side;
    - posterizing to 4 l, rounded down, at least 1, = 3 bits;
    - solarizing values from 256 l, rounded down, = 230 up;
    - colour, contrast, brightness, sharpness times 1.8 l + 0.1 = 1.72;
    - autocontrast, equalizing, inverting;
    - a grey square of 0.2 l = 18 % of the height, anywhere.

    All frames of a clip get the same, sides and place too; each clip of a sample gets a
    draw of its own, see :func:`augment_each_clip`. The draws are NumPy's, which MMEngine
    seeds in every data worker. MMAction 0.x draws the sides once, when the pipeline is
    built; a run that is resumed would then go on with others.

    Its place is after cropping and flipping, before normalization.

    Required keys: ``imgs``, and ``clip_len`` where there are several clips. Modified
    keys: ``imgs``.

    Source: ``Imgaug`` in ``mmaction/datasets/pipelines/augmentations.py`` of
    https://github.com/MartinXM/TPS, and imgaug 0.4, https://github.com/aleju/imgaug, which
    does not run with today's NumPy.

    Args:
        num_ops (int): Different operations, 1 to 15.
        magnitude (float): 0 to 10, the strongest.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is out of its range.
    """

    def __init__(self, num_ops: int = 2, magnitude: float = 9) -> None:
        check_positive('num_ops', num_ops)
        check_number('magnitude', magnitude)
        if not 0 <= magnitude <= 10:
            raise ValueError(f'magnitude must be from 0 to 10, got {magnitude}')
        available = len(operations(0, (1,) * 5, (0, 0)))
        if num_ops > available:
            raise ValueError(f'num_ops must be at most {available}, got {num_ops}')
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

    def __repr__(self) -> str:
        return f'{type(self).__name__}(num_ops={self.num_ops}, magnitude={self.magnitude})'
