"""Operations of timm's AutoAugment that replace each value by that of a table."""

from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image, ImageOps
from timm.data import auto_augment

from .clips import Frames
from .crop_region import Region

# What a value becomes depends on the value only, so a table of 256 values says all.
LOOKED_UP = ('Invert', 'Posterize', 'Solarize', 'SolarizeAdd')
RAMP = np.arange(256, dtype=np.uint8)[None, :, None].repeat(3, axis=2)


def look_up(
    frames: Frames, region: Region, *strength, tables: Callable, **kwargs
) -> Frames:
    """Replace each value by that of its frame's and channel's table."""
    found = tables(frames, *strength, **kwargs)
    return [cv2.LUT(frame[region], table) for frame, table in zip(frames, found)]


def table_of(frames: Frames, *strength, function: Callable, **kwargs) -> list[np.ndarray]:
    """What one of timm's functions makes of each value, the same in all frames.

    Args:
        frames (list[np.ndarray]): The frames of a clip.
        *strength: As ``function`` takes it.
        function (callable): timm's function of an image.

    Returns:
        list[np.ndarray]: ``(256,)`` uint8 for each frame.
    """
    table = np.asarray(function(Image.fromarray(RAMP), *strength, **kwargs))[0, :, 0]
    return [table.copy()] * len(frames)


def equalizing_tables(frames: Frames, **kwargs) -> np.ndarray:
    """What ``ImageOps.equalize`` makes of each value, ``(T, 1, 256, 3)`` uint8.

    Values become ``below / step`` of the largest, rounded, where ``below`` counts the
    pixels of lower values, and ``step`` is 1/255 of the pixels but those of the largest.
    """
    counts = np.array([Image.fromarray(frame).histogram() for frame in frames])
    counts = counts.reshape(len(frames), 3, 256)
    below = np.cumsum(counts, axis=2) - counts
    largest = 255 - np.argmax(counts[..., ::-1] > 0, axis=2, keepdims=True)
    step = np.take_along_axis(below, largest, axis=2) // 255
    tables = np.minimum((step // 2 + below) // np.maximum(step, 1), 255)
    tables = np.where(step, tables, np.arange(256)).astype(np.uint8)
    return np.ascontiguousarray(tables.swapaxes(1, 2)[:, None])


def stretching_tables(frames: Frames, **kwargs) -> list[np.ndarray]:
    """What ``ImageOps.autocontrast`` makes of each value, ``(1, 256, 3)`` uint8 each.

    It depends on each channel's lowest and highest value only.
    """
    ramps = []
    for frame in frames:
        rows = frame.reshape(len(frame), -1)  # NumPy is slow along a short last axis.
        low, high = (side.reshape(-1, 3) for side in (rows.min(axis=0), rows.max(axis=0)))
        ramps.append(np.clip(RAMP, low.min(axis=0), high.max(axis=0)))
    return [np.array(ImageOps.autocontrast(Image.fromarray(ramp))) for ramp in ramps]


# Here it depends on the other values of the frame's channel too.
TABLES = {'Equalize': equalizing_tables, 'AutoContrast': stretching_tables}


def posterize(image: Image.Image, bits_to_keep: int, **kwargs) -> Image.Image:
    """timm's ``posterize``, which here also takes 0 bits."""
    if bits_to_keep:
        return auto_augment.posterize(image, bits_to_keep)
    return Image.new(image.mode, image.size)
