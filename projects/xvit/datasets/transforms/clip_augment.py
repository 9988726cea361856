"""AutoAugment and RandAugment, drawn once for a clip and the same on all its frames."""

import random
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from numbers import Real

import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from PIL import Image
from timm.data import auto_augment
from torchvision.transforms import v2

from ...checks import check_positive
from .clips import augment_each_clip

Augment = Callable[[Image.Image], Image.Image]
EFFICIENTNET = 'v0'
POLICIES = (EFFICIENTNET, *(policy.value for policy in v2.AutoAugmentPolicy))


@TRANSFORMS.register_module()
class ClipAutoAugment(BaseTransform):
    """AutoAugment (arXiv 1805.09501): two operations, drawn from a learned policy.

    Its place is between decoding and cropping. Each clip of a sample gets a draw of its
    own; see :func:`augment_clips` for what a clip is. The torchvision policies draw from
    torch's generator, ``'v0'`` from Python's; MMEngine seeds both in every data worker.

    Required keys: ``imgs``, and ``clip_len`` where there are several clips. Modified
    keys: ``imgs``.

    Args:
        policy (str): ``'imagenet'``, ``'cifar10'`` or ``'svhn'``, torchvision's; or
            ``'v0'``, EfficientNet's for ImageNet, as timm has it. X-ViT's authors train
            with ``'v0'`` and ``fill=128`` (``slowfast/datasets/ssv2.py`` of
            https://github.com/1adrianb/video-transformers).
        fill (float | Sequence[float]): Grey value, or red, green and blue, of what is
            moved in from outside the frame, 0 to 255.

    Raises:
        TypeError: If ``fill`` is no number or sequence of numbers.
        ValueError: If ``policy`` is unknown, or ``fill`` is not 1 or 3 values from 0 to
            255.
    """

    def __init__(self, policy: str = 'imagenet', fill: float | Sequence[float] = 0) -> None:
        if policy not in POLICIES:
            raise ValueError(f'policy must be one of {POLICIES}, got {policy!r}')
        self.policy = policy
        self.fill = rgb(fill)
        if policy == EFFICIENTNET:
            self.augment = efficientnet_policy(self.fill)
        else:
            self.augment = v2.AutoAugment(v2.AutoAugmentPolicy(policy), fill=self.fill)

    def transform(self, results: dict) -> dict:
        """Augment ``results['imgs']``, see :func:`augment_clips`."""
        return augment_clips(results, self.augment)

    def __repr__(self) -> str:
        return f'{type(self).__name__}(policy={self.policy!r}, fill={self.fill})'


@TRANSFORMS.register_module()
class ClipRandAugment(BaseTransform):
    """RandAugment (arXiv 1909.13719): operations drawn alike, all at one magnitude.

    Its place is between decoding and cropping. Each clip of a sample gets a draw of its
    own, from torch's generator; see :func:`augment_clips` for what a clip is.

    Required keys: ``imgs``, and ``clip_len`` where there are several clips. Modified
    keys: ``imgs``.

    Args:
        num_ops (int): Operations, applied one after the other.
        magnitude (int): Which of the magnitudes they have, 0 to
            ``num_magnitude_bins - 1``, the strongest.
        num_magnitude_bins (int): How many magnitudes there are, at least 2.
        fill (float | Sequence[float]): Grey value, or red, green and blue, of what is
            moved in from outside the frame, 0 to 255.

    Raises:
        TypeError: If an argument is no number.
        ValueError: If one is out of its range.
    """

    def __init__(
        self,
        num_ops: int = 2,
        magnitude: int = 9,
        num_magnitude_bins: int = 31,
        fill: float | Sequence[float] = 0,
    ) -> None:
        check_positive('num_ops', num_ops)
        check_positive('num_magnitude_bins', num_magnitude_bins)
        if num_magnitude_bins < 2:
            raise ValueError('num_magnitude_bins must be at least 2, got 1')
        if not isinstance(magnitude, int):
            raise TypeError(f'magnitude must be an integer, got {magnitude!r}')
        if not 0 <= magnitude < num_magnitude_bins:
            raise ValueError(
                f'magnitude must be from 0 to num_magnitude_bins - 1 = '
                f'{num_magnitude_bins - 1}, got {magnitude}'
            )
        self.augment = v2.RandAugment(
            num_ops, magnitude, num_magnitude_bins, fill=rgb(fill)
        )

    def transform(self, results: dict) -> dict:
        """Augment ``results['imgs']``, see :func:`augment_clips`."""
        return augment_clips(results, self.augment)

    def __repr__(self) -> str:
        augment = self.augment
        return (
            f'{type(self).__name__}(num_ops={augment.num_ops}, '
            f'magnitude={augment.magnitude}, '
            f'num_magnitude_bins={augment.num_magnitude_bins}, fill={augment.fill})'
        )


def augment_clips(results: dict, augment: Augment) -> dict:
    """Give every clip of a sample one draw of an image augmentation.

    Args:
        results (dict): See :func:`augment_each_clip`, which says what a clip is.
        augment (callable): The augmentation of a PIL image, which draws from Python's
            and torch's generators only.

    Returns:
        dict: ``results`` with new ``imgs``, of the same form; the old are left alone.
    """
    return augment_each_clip(results, partial(augment_alike, augment=augment))


def augment_alike(frames: Sequence[np.ndarray], augment: Augment) -> Iterator[np.ndarray]:
    """Every frame meets the same random numbers.

    torchvision's v2 transforms also take a clip as one tensor and draw once for it, but
    on a CPU their tensor operations take two to six times as long as these of Pillow.
    """
    drawn = random.getstate(), torch.get_rng_state()
    for frame in frames:
        random.setstate(drawn[0])
        torch.set_rng_state(drawn[1])
        yield np.array(augment(Image.fromarray(frame)))


def efficientnet_policy(fill: tuple[int, int, int]) -> Augment:
    """timm's AutoAugment with EfficientNet's policy.

    One of its operations keeps 0 bits of each value, which makes the frame black;
    Pillow has come to refuse that.
    """
    augment = auto_augment.auto_augment_transform('v0', dict(img_mean=fill))
    for operation in (op for sub_policy in augment.policy for op in sub_policy):
        if operation.name == 'Posterize':
            operation.aug_fn = posterize
    return augment


def posterize(image: Image.Image, bits_to_keep: int, **kwargs) -> Image.Image:
    """timm's ``posterize``, from 0 bits up."""
    if bits_to_keep:
        return auto_augment.posterize(image, bits_to_keep)
    return Image.new(image.mode, image.size)


def rgb(fill: float | Sequence[float]) -> tuple[int, int, int]:
    """A grey value or three colour values as three integers."""
    values = tuple(fill) if isinstance(fill, Sequence) else (fill,) * 3
    if not all(isinstance(value, Real) for value in values):
        raise TypeError(f'fill must be a number or three numbers, got {fill!r}')
    if len(values) != 3 or not all(0 <= value <= 255 for value in values):
        raise ValueError(f'fill must be 1 or 3 values from 0 to 255, got {fill!r}')
    return tuple(round(value) for value in values)
