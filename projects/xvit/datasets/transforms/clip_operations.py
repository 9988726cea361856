"""timm's AutoAugment on whole clips: one draw for all frames, the pixels of each image."""

from collections.abc import Callable
from functools import partial
from itertools import chain

import cv2
import numpy as np
from PIL import Image
from timm.data import auto_augment

from .clips import Frames
from .cv2_warps import MATRICES, warp

# What a value becomes depends on the value only, so a table of 256 values says all.
POINTWISE = ('Invert', 'Posterize', 'Solarize', 'SolarizeAdd')
RAMP = Image.fromarray(np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2))


def efficientnet_policy(
    fill: tuple[int, int, int], backend: str = 'pillow'
) -> Callable[[Frames], Frames]:
    """Return timm's AutoAugment with EfficientNet's policy, for clips.

    timm draws an operation's strength, and passes on what it shall augment. Here that is
    the list of a clip's frames. With ``backend='pillow'``, each frame becomes what timm
    makes of it as an image, bit for bit, if it draws the same random numbers.

    One of the operations keeps 0 bits of each value, so the frame becomes black. Newer
    versions of Pillow refuse that.

    Args:
        fill (tuple[int]): Red, green and blue of pixels from outside the frame.
        backend (str): ``'pillow'``, or ``'cv2'`` to warp by :func:`.cv2_warps.warp`.
    """
    augment = auto_augment.auto_augment_transform('v0', dict(img_mean=fill))
    for operation in chain(*augment.policy):
        name, function = operation.name, operation.aug_fn
        if name in MATRICES and backend == 'cv2':
            operation.aug_fn = partial(warp, operation=name)
        elif name in MATRICES:
            operation.aug_fn = partial(warp_images, function=function)
        elif name in POINTWISE:
            function = posterize if name == 'Posterize' else function
            operation.aug_fn = partial(look_up, function=function)
        elif name == 'Equalize':
            operation.aug_fn = equalize
        else:
            operation.aug_fn = partial(on_images, function=function)
    return partial(augment_or_copy, augment=augment)


def augment_or_copy(frames: Frames, augment: Callable[[Frames], Frames]) -> Frames:
    """Return new frames, also where the policy draws no operation."""
    augmented = augment(frames)
    return [frame.copy() for frame in frames] if augmented is frames else augmented


def on_images(frames: Frames, *strength, function: Callable, **kwargs) -> Frames:
    """Apply one of timm's functions, which draws nothing, to each frame as an image."""
    images = (function(Image.fromarray(frame), *strength, **kwargs) for frame in frames)
    return [np.array(image) for image in images]


def warp_images(frames: Frames, strength: float, function: Callable, **kwargs) -> Frames:
    """Apply a shear, translation or rotation of timm, with one draw of interpolation."""
    auto_augment._check_args_tf(kwargs)
    return on_images(frames, strength, function=function, **kwargs)


def look_up(frames: Frames, *strength, function: Callable, **kwargs) -> Frames:
    """Apply a pointwise function of timm, by a table of what it makes of each value."""
    table = np.asarray(function(RAMP, *strength, **kwargs))[0, :, 0]
    return [cv2.LUT(frame, table) for frame in frames]


def equalize(frames: Frames, **kwargs) -> Frames:
    """Pillow's ``ImageOps.equalize`` of each frame, with the table in NumPy."""
    return [cv2.LUT(frame, equalizing_table(frame)) for frame in frames]


def equalizing_table(frame: np.ndarray) -> np.ndarray:
    """What each value becomes in each channel, ``(1, 256, 3)`` uint8.

    Values become ``below / step`` of the largest, rounded, where ``below`` counts the
    pixels of lower values, and ``step`` is 1/255 of the pixels but those of the largest.
    """
    counts = np.reshape(Image.fromarray(frame).histogram(), (3, 256))
    below = np.cumsum(counts, axis=1) - counts
    largest = 255 - np.argmax(counts[:, ::-1] > 0, axis=1)
    step = below[np.arange(3), largest][:, None] // 255
    table = np.minimum((step // 2 + below) // np.maximum(step, 1), 255)
    return np.where(step, table, np.arange(256)).T[None].astype(np.uint8)


def posterize(image: Image.Image, bits_to_keep: int, **kwargs) -> Image.Image:
    """timm's ``posterize``, which here also takes 0 bits."""
    if bits_to_keep:
        return auto_augment.posterize(image, bits_to_keep)
    return Image.new(image.mode, image.size)
