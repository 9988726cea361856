"""The operations of RandAugment as imgaug 0.4 has them.

Each takes a frame ``(H, W, 3)`` of uint8 and its strength, and returns a new frame.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageOps

Frame = np.ndarray


def operations(
    level: float, sides: Sequence[int], center: Sequence[float]
) -> list[Callable[[Frame], Frame]]:
    """Return the 15 operations of MMAction 0.x's RandAugment, in its order.

    Args:
        level (float): Strength, 0 to 1.
        sides (Sequence[int]): -1 or 1, for shears, translations and rotation.
        center (Sequence[float]): Centre of the cutout, in parts of the width and height.
    """
    factor = 1.8 * level + 0.1
    return [
        partial(shear_x, degrees=17.19 * level * sides[0]),
        partial(shear_y, degrees=17.19 * level * sides[1]),
        partial(translate_x, part=0.2 * level * sides[2]),
        partial(translate_y, part=0.2 * level * sides[3]),
        partial(rotate, degrees=30 * level * sides[4]),
        partial(posterize, bits=max(1, int(4 * level))),
        partial(solarize, threshold=256 * level),
        partial(enhance, factor=factor, aspect=ImageEnhance.Color),
        partial(enhance, factor=factor, aspect=ImageEnhance.Contrast),
        partial(enhance, factor=factor, aspect=ImageEnhance.Brightness),
        partial(enhance, factor=factor, aspect=ImageEnhance.Sharpness),
        autocontrast,
        equalize,
        invert,
        partial(cutout, size=0.2 * level, center=center),
    ]


def warp(frame: Frame, matrix: np.ndarray, shift: tuple[float, float] = (0, 0)) -> Frame:
    """Transform a frame by a 2 x 2 matrix around its centre, then shift it by (x, y).

    Interpolation is linear. Pixels from outside the frame are black.
    """
    height, width = frame.shape[:2]
    center = np.array([width - 1, height - 1]) / 2
    offset = center + shift - matrix @ center
    affine = np.concatenate([matrix, offset[:, None]], axis=1)
    return cv2.warpAffine(np.ascontiguousarray(frame), affine, (width, height))


def shear_x(frame: Frame, degrees: float) -> Frame:
    """imgaug's shear, as in scikit-image before 0.20: a slanted side keeps its length."""
    angle = math.radians(degrees)
    return warp(frame, np.array([[1, -math.sin(angle)], [0, math.cos(angle)]]))


def shear_y(frame: Frame, degrees: float) -> Frame:
    """See :func:`shear_x`."""
    angle = math.radians(degrees)
    return warp(frame, np.array([[math.cos(angle), 0], [math.sin(angle), 1]]))


def translate_x(frame: Frame, part: float) -> Frame:
    """Move right by a part of the width, not rounded to pixels."""
    return warp(frame, np.eye(2), (part * frame.shape[1], 0))


def translate_y(frame: Frame, part: float) -> Frame:
    """Move down by a part of the height, not rounded to pixels."""
    return warp(frame, np.eye(2), (0, part * frame.shape[0]))


def rotate(frame: Frame, degrees: float) -> Frame:
    """Rotate clockwise around the centre."""
    angle = math.radians(degrees)
    sine, cosine = math.sin(angle), math.cos(angle)
    return warp(frame, np.array([[cosine, -sine], [sine, cosine]]))


def posterize(frame: Frame, bits: int) -> Frame:
    """Keep the highest bits of each value and set the others to 0."""
    return frame & np.uint8(256 - 2 ** (8 - bits))


def solarize(frame: Frame, threshold: float) -> Frame:
    """Invert values at or above the threshold, which is rounded down."""
    return np.where(frame >= int(threshold), 255 - frame, frame)


def enhance(frame: Frame, factor: float, aspect: type) -> Frame:
    """Change colour, contrast, brightness or sharpness by a factor, with Pillow."""
    return np.array(aspect(Image.fromarray(frame)).enhance(factor))


def autocontrast(frame: Frame) -> Frame:
    """Stretch each channel to 0 to 255."""
    return np.array(ImageOps.autocontrast(Image.fromarray(frame)))


def equalize(frame: Frame) -> Frame:
    """Equalize each channel's histogram.

    The step between greys counts all pixels but some: Pillow leaves out those of the
    brightest value, imgaug only those of value 255.
    """
    channels = []
    for values in np.moveaxis(frame, 2, 0):
        counts = np.bincount(values.ravel(), minlength=256)
        step = counts[:-1].sum() // 255
        if np.count_nonzero(counts) > 1 and step:
            below = np.cumsum(counts) - counts
            table = np.minimum((below + step // 2) // step, 255).astype(np.uint8)
            values = table[values]
        channels.append(values)
    return np.stack(channels, axis=2)


def invert(frame: Frame) -> Frame:
    return 255 - frame


def cutout(frame: Frame, size: float, center: Sequence[float]) -> Frame:
    """Draw a grey square around a centre (x, y), in parts of the width and height.

    Its side is ``size`` times the height. It is cut off at the edge of the frame.
    """
    height, width = frame.shape[:2]
    half = size * height / 2
    x, y = center[0] * width, center[1] * height
    left, right = (min(max(int(edge), 0), width) for edge in (x - half, x + half))
    top, bottom = (min(max(int(edge), 0), height) for edge in (y - half, y + half))
    frame = frame.copy()
    frame[top:bottom, left:right] = 128
    return frame
