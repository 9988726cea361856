"""timm's shears, translations and rotation of AutoAugment, with OpenCV for Pillow."""

import math
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image
from timm.data import auto_augment

from .clips import Frames

INTERPOLATION = {
    Image.Resampling.BILINEAR: cv2.INTER_LINEAR,
    Image.Resampling.BICUBIC: cv2.INTER_CUBIC,
}
Matrix = tuple[float, ...]


def _rotation(width: int, height: int, degrees: float) -> Matrix:
    """Counterclockwise around the centre, as ``Image.rotate``."""
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    x, y = width / 2, height / 2
    return cosine, -sine, x - cosine * x + sine * y, sine, cosine, y - sine * x - cosine * y


# From the width, the height and the strength to Pillow's matrix: the first three numbers
# give the old x of a new (x, y, 1), the others the old y. A pixel's centre is at 0.5.
MATRICES: dict[str, Callable[[int, int, float], Matrix]] = {
    'ShearX': lambda width, height, factor: (1, factor, 0, 0, 1, 0),
    'ShearY': lambda width, height, factor: (1, 0, 0, factor, 1, 0),
    'TranslateXRel': lambda width, height, part: (1, 0, part * width, 0, 1, 0),
    'TranslateYRel': lambda width, height, part: (1, 0, 0, 0, 1, part * height),
    'Rotate': _rotation,
}


def warp(frames: Frames, strength: float, operation: str, **kwargs) -> Frames:
    """Transform frames as timm's function does images, with the same random numbers.

    OpenCV is several times faster than Pillow. It interpolates in steps of 1/32 pixel, its
    cubic is less sharp (a = -0.75, Pillow's is -1), and it blends the image's edge with
    the fill.

    Args:
        frames (list[np.ndarray]): RGB frames of one size, uint8.
        strength (float): As timm's function takes it.
        operation (str): A key of ``MATRICES``.
        **kwargs: timm's ``resample``, one interpolation or several to draw from, and
            ``fillcolor``.
    """
    auto_augment._check_args_tf(kwargs)  # Draws the interpolation.
    height, width = frames[0].shape[:2]
    a, b, c, d, e, f = MATRICES[operation](width, height, strength)
    # In OpenCV a pixel's centre is at 0.
    matrix = np.array([[a, b, c + (a + b - 1) / 2], [d, e, f + (d + e - 1) / 2]])
    flags = INTERPOLATION[kwargs['resample']] | cv2.WARP_INVERSE_MAP
    return [
        cv2.warpAffine(
            frame, matrix, (width, height), flags=flags, borderValue=kwargs['fillcolor']
        )
        for frame in frames
    ]
