"""AutoAugment and RandAugment, drawn once per clip."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from mmengine.dataset import Compose
from PIL import Image
from torchvision.transforms import v2

from ...checks import check_choice, check_integer, check_positive
from .clip_operations import augment, efficientnet_policy
from .clips import augment_each_clip, clips_of
from .crop_region import WHOLE, kept_region

Augment = Callable[[Image.Image], Image.Image]


@TRANSFORMS.register_module()
class ClipAutoAugment(BaseTransform):
    """AutoAugment (arXiv 1805.09501): two operations, drawn from a learned policy.

    Use it between decoding and cropping. Each clip of a sample has its own draw, see
    :func:`.clips_of`. torchvision's policies draw from torch's generator, ``'v0'`` from
    Python's. MMEngine seeds both in every data worker.

    ``crop`` saves time, and :class:`.CheckedVideoDataset` fills it in. Keys and frames are
    those of the augmentation followed by the transforms in ``crop``, with the same random
    numbers. But pixels that these drop are only computed where others depend on them.
    :func:`.clip_warps.warp` says how exactly the frames are equal: bit for bit with
    ``backend='pillow'``, as far as was seen.

    Required keys: ``imgs``, ``clip_len`` if there are several clips, and those of ``crop``.
    Modified keys: ``imgs``, and those of ``crop``.

    Args:
        policy (str): ``'imagenet'``, ``'cifar10'`` or ``'svhn'`` of torchvision, or
            ``'v0'``, timm's EfficientNet policy for ImageNet. X-ViT's authors train with
            ``'v0'`` and ``fill=128`` (``slowfast/datasets/ssv2.py`` of
            https://github.com/1adrianb/video-transformers).
        fill (float | Sequence[float]): Colour of pixels from outside the frame: a grey
            value, or red, green and blue, 0 to 255.
        backend (str): What shears, translates and rotates in ``'v0'``: ``'pillow'``, as for
            the authors, or ``'cv2'``, which is several times faster. Values differ a
            little, see :func:`.clip_warps.warp`.
        crop (Sequence[dict]): Transforms that resize, crop or flip the augmented frames.
            Only with ``'v0'``. They must also take float32 frames of 1 or 2 channels, which
            ``PillowResize`` does not.

    Raises:
        ValueError: If ``policy`` or ``backend`` is unknown, ``'cv2'`` or ``crop`` is given
            with another policy than ``'v0'``, ``fill`` is not 1 or 3 values from 0 to 255,
            or, when called, ``crop`` does more than resize, crop and flip.
    """

    def __init__(
        self,
        policy: str = 'imagenet',
        fill: float | Sequence[float] = 0,
        backend: str = 'pillow',
        crop: Sequence[dict] = (),
    ) -> None:
        check_choice('backend', backend, ('pillow', 'cv2'))
        self.crop = Compose([TRANSFORMS.build(step) for step in crop])
        self.draw = efficientnet_policy(rgb(fill), backend) if policy == 'v0' else None
        if self.draw:
            return
        if backend == 'cv2':
            raise ValueError(f"backend='cv2' needs policy='v0', got {policy!r}")
        if crop:
            raise ValueError(f"crop={crop} needs policy='v0', got {policy!r}")
        policy = v2.AutoAugment(v2.AutoAugmentPolicy(policy), fill=rgb(fill))
        self.augment = partial(augment_alike, augment=policy)

    def transform(self, results: dict) -> dict:
        """Augment ``results['imgs']``, and apply ``crop``."""
        if not self.draw:
            return augment_each_clip(results, self.augment)
        clips = clips_of(results)
        drawn = [self.draw() for _ in clips]
        # Drawn after the operations, as `crop` may draw from Python's generator too.
        region = kept_region(self.crop, results) if self.crop.transforms else WHOLE
        results['imgs'] = [
            frame
            for clip, operations in zip(clips, drawn)
            for frame in augment(clip, operations, region)
        ]
        return self.crop(results)


@TRANSFORMS.register_module()
class ClipRandAugment(BaseTransform):
    """RandAugment (arXiv 1909.13719): operations drawn uniformly, all of one magnitude.

    Use it between decoding and cropping. Each clip of a sample has its own draw from
    torch's generator, see :func:`augment_each_clip`.

    Required keys: ``imgs``, and ``clip_len`` if there are several clips. Modified keys:
    ``imgs``.

    Args:
        num_ops (int): Number of operations, applied one after the other.
        magnitude (int): Index of their magnitude. ``num_magnitude_bins - 1`` is the
            strongest.
        num_magnitude_bins (int): Number of magnitudes.
        fill (float | Sequence[float]): Colour of pixels from outside the frame: a grey
            value, or red, green and blue, 0 to 255.

    Raises:
        TypeError: If ``num_ops`` or ``magnitude`` is not an integer.
        ValueError: If an argument is out of its range.
    """

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: int = 9,
        num_magnitude_bins: int = 31,
        fill: float | Sequence[float] = 0,
    ) -> None:
        check_positive('num_ops', num_ops)
        check_integer('magnitude', magnitude, least=0)
        if magnitude >= num_magnitude_bins:
            raise ValueError(
                f'magnitude must be below num_magnitude_bins={num_magnitude_bins}, '
                f'got {magnitude}'
            )
        self.augment = v2.RandAugment(
            num_ops, magnitude, num_magnitude_bins, fill=rgb(fill)
        )

    def transform(self, results: dict) -> dict:
        """Augment ``results['imgs']``, see :func:`augment_alike`."""
        return augment_each_clip(results, partial(augment_alike, augment=self.augment))


def augment_alike(frames: Sequence[np.ndarray], augment: Augment) -> Iterator[np.ndarray]:
    """Augment every PIL image with the same random numbers, of Python and torch.

    torchvision's v2 transforms also take a clip as one tensor and draw once for it. But on
    a CPU their tensor operations take two to six times as long as Pillow's.
    """
    drawn = random.getstate(), torch.get_rng_state()
    for frame in frames:
        random.setstate(drawn[0])
        torch.set_rng_state(drawn[1])
        yield np.array(augment(Image.fromarray(frame)))


def rgb(fill: float | Sequence[float]) -> tuple[int, int, int]:
    """Return a grey value or three colour values as three integers."""
    values = tuple(fill) if isinstance(fill, Sequence) else (fill,) * 3
    if len(values) != 3 or not all(0 <= value <= 255 for value in values):
        raise ValueError(f'fill must be 1 or 3 values from 0 to 255, got {fill!r}')
    return tuple(round(value) for value in values)
