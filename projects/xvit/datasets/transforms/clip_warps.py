"""timm's shears, translations and rotation of AutoAugment, on a region of each frame."""

import math
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from .clips import Frames
from .crop_region import WHOLE, Region

WARPS = ('ShearX', 'ShearY', 'TranslateXRel', 'TranslateYRel', 'Rotate')
INTERPOLATION = {
    Image.Resampling.BILINEAR: cv2.INTER_LINEAR,
    Image.Resampling.BICUBIC: cv2.INTER_CUBIC,
}
# The first three numbers give the old x of a new (x, y, 1), the others the old y. A pixel's
# centre is at 0.5.
Matrix = tuple[float, ...]
IDENTITY: Matrix = (1, 0, 0, 0, 1, 0)
REACH = 3  # Bicubic interpolation reads 2 pixels to each side of a place.


class MatrixOnly:
    """Stands in for an image where only the matrix of its transformation is wanted."""

    rotate = Image.Image.rotate

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = self.size = width, height

    def transform(self, size, method, matrix, resample, fillcolor) -> Matrix:
        return tuple(matrix)

    def copy(self) -> Matrix:
        """Pillow's rotation by 0 degrees."""
        return IDENTITY


def warp(
    frames: Frames,
    region: Region,
    strength: float,
    function: Callable,
    backend: str,
    **kwargs,
) -> Frames:
    """Compute a region of what timm's function makes of each frame.

    Pillow computes the place that a new pixel comes from by its distance from the first
    one, so how places are rounded depends on the first pixel. timm shears and translates by
    fractions such as 0.27. Values between two levels are then often almost whole, and
    rounding decides. So these start at the frame's corner, which gives timm's pixels bit
    for bit. Rotations start at the region's corner: none of 254 million pixels of real
    frames differed from timm's. In the middle of frames whose width and height are both
    odd, some did, so these rotations start at the frame's corner too.

    OpenCV is several times faster than Pillow. It interpolates in steps of 1/32 pixel, its
    cubic is less sharp (a = -0.75, Pillow's is -1), and it blends the image's edge with
    the fill. Of the pixels of a region, about 1 in 20 000 was one level off the pixel of
    the whole frame.

    Args:
        frames (list[np.ndarray]): RGB frames, ``(H, W, 3)`` uint8.
        region (tuple[slice]): Rows and columns.
        strength (float): As ``function`` takes it.
        function (callable): timm's function of an image, such as ``shear_x``.
        backend (str): ``'pillow'`` or ``'cv2'``.
        **kwargs: timm's ``resample``, an interpolation, and ``fillcolor``.

    Returns:
        list[np.ndarray]: The region of each new frame.
    """
    warped = []
    for frame in frames:
        matrix = _matrix(frame.shape, strength, function, **kwargs)
        if matrix == IDENTITY:
            warped.append(frame[region])
            continue
        left, top, right, bottom = _box(region, frame.shape)
        a, b, c, d, e, f = matrix
        # See above: where the first pixel must be the frame's.
        both_odd = frame.shape[0] % 2 == frame.shape[1] % 2 == 1
        x, y = (0, 0) if a == 1 or both_odd else (left, top)
        moved = (a, b, a * x + b * y + c, d, e, d * x + e * y + f)
        part = BACKENDS[backend](frame, (right - x, bottom - y), moved, **kwargs)
        warped.append(part[top - y :, left - x :])
    return warped


def warped_region(
    region: Region, shape: tuple[int, ...], strength: float, function: Callable, **kwargs
) -> Region:
    """What :func:`warp` reads: a box around the places that the pixels come from.

    Args:
        region (tuple[slice]): Rows and columns of the new frame.
        shape (tuple[int]): The frame's.
        strength (float): As ``function`` takes it.
        function (callable): timm's function of an image.
        **kwargs: timm's ``resample`` and ``fillcolor``.

    Returns:
        tuple[slice]: Rows and columns of the old frame, at least one each. All for all.
    """
    if region == WHOLE:
        return WHOLE
    a, b, c, d, e, f = _matrix(shape, strength, function, **kwargs)
    left, top, right, bottom = _box(region, shape)
    corners = [(x, y) for x in (left, right) for y in (top, bottom)]
    rows = [d * x + e * y + f for x, y in corners]
    columns = [a * x + b * y + c for x, y in corners]
    return tuple(
        slice(
            min(max(math.floor(min(places)) - REACH, 0), length - 1),
            max(min(math.ceil(max(places)) + REACH, length), 1),
        )
        for places, length in zip((rows, columns), shape)
    )


def _matrix(
    shape: tuple[int, ...], strength: float, function: Callable, **kwargs
) -> Matrix:
    return function(MatrixOnly(shape[1], shape[0]), strength, **kwargs)


def _box(region: Region, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom."""
    (top, bottom, _), (left, right, _) = map(slice.indices, region, shape)
    return left, top, right, bottom


def _by_pillow(frame, size, matrix, resample, fillcolor) -> np.ndarray:
    image = Image.fromarray(frame).transform(
        size, Image.Transform.AFFINE, matrix, resample, fillcolor=fillcolor
    )
    return np.asarray(image)


def _by_cv2(frame, size, matrix, resample, fillcolor) -> np.ndarray:
    a, b, c, d, e, f = matrix
    # In OpenCV a pixel's centre is at 0.
    matrix = np.array([[a, b, c + (a + b - 1) / 2], [d, e, f + (d + e - 1) / 2]])
    flags = INTERPOLATION[resample] | cv2.WARP_INVERSE_MAP
    return cv2.warpAffine(frame, matrix, size, flags=flags, borderValue=fillcolor)


BACKENDS = {'pillow': _by_pillow, 'cv2': _by_cv2}
