"""Resize frames with Pillow, which averages when it scales down."""

import mmcv
import numpy as np
from mmaction.datasets.transforms import Resize
from mmaction.registry import TRANSFORMS


@TRANSFORMS.register_module()
class PillowResize(Resize):
    """MMAction2's ``Resize`` with Pillow instead of OpenCV.

    OpenCV's linear interpolation reads only four pixels. Pillow's averages all pixels that
    the new one covers. So they differ when a frame is scaled down.

    X-ViT's authors use Pillow to train on Kinetics (``random_scale_and_resize`` in
    ``slowfast/datasets/transform.py`` of https://github.com/1adrianb/video-transformers).

    Args:
        **kwargs: See MMAction2's ``Resize``: ``scale``, ``keep_ratio`` and
            ``interpolation``.
    """

    def _resize_imgs(self, imgs: list[np.ndarray], new_w: int, new_h: int) -> list:
        return [
            mmcv.imresize(
                image, (new_w, new_h), interpolation=self.interpolation, backend='pillow'
            )
            for image in imgs
        ]
