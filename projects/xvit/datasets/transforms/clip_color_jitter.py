"""Brightness, saturation, gamma and hue, drawn once per clip."""

from collections.abc import Sequence

import cv2
import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from mmcv.transforms import BaseTransform
from torchvision.transforms import functional

from .clips import Frames, augment_each_clip


@TRANSFORMS.register_module()
class ClipColorJitter(BaseTransform):
    """Colour changes of LAPS: brightness, saturation, gamma and hue, in this order.

    Each is applied with probability ``prob``, and its strength is drawn uniformly from its
    range. All frames of a clip get the same changes. Each clip of a sample has its own
    draw, see :func:`augment_each_clip`. NumPy's generator draws, which MMEngine seeds in
    every data worker.

    Use it right after decoding, before scaling and cropping.

    Required keys: ``imgs``, ``(H, W, 3)`` uint8 frames in RGB, and ``clip_len`` if there
    are several clips. Modified keys: ``imgs``.

    Source: ``Train_ClipAug`` in ``data/augmentation.py`` of
    https://github.com/VideoNetworks/LAPS-transformer, which calls torchvision's functions
    on the clip as a tensor. The result is the same to the bit.

    Args:
        prob (float): Probability of each of the four, 0 to 1.
        brightness (Sequence[float]): Lowest and highest factor of all values, at least 0.
        saturation (Sequence[float]): Lowest and highest factor of the distance from grey,
            at least 0.
        gamma (Sequence[float]): Lowest and highest exponent of values in 0 to 1, at least
            0.
        hue (Sequence[float]): Lowest and highest turn, in parts of the colour circle, -0.5
            to 0.5.

    Raises:
        ValueError: If an argument is out of its range, or a range ends before it starts.
    """

    def __init__(
        self,
        prob: float = 0.1,
        brightness: Sequence[float] = (0.5, 2.0),
        saturation: Sequence[float] = (0.5, 3.0),
        gamma: Sequence[float] = (0.8, 1.2),
        hue: Sequence[float] = (-0.5, 0.5),
    ) -> None:
        if not 0 <= prob <= 1:
            raise ValueError(f'prob must be from 0 to 1, got {prob}')
        self.prob = prob
        self.brightness = check_range('brightness', brightness)
        self.saturation = check_range('saturation', saturation)
        self.gamma = check_range('gamma', gamma)
        self.hue = check_range('hue', hue, least=-0.5, most=0.5)

    def transform(self, results: dict) -> dict:
        """Change ``results['imgs']``."""
        return augment_each_clip(results, self._augment)

    def _augment(self, frames: Frames) -> Frames:
        for change, strengths in (
            (adjust_brightness, self.brightness),
            (adjust_saturation, self.saturation),
            (adjust_gamma, self.gamma),
            (adjust_hue, self.hue),
        ):
            if np.random.rand() < self.prob:
                frames = change(frames, np.random.uniform(*strengths))
        return frames


def adjust_brightness(frames: Frames, factor: float) -> Frames:
    """torchvision's, by a table of the 256 values."""
    return look_up(frames, functional.adjust_brightness(every_value(), factor))


def adjust_gamma(frames: Frames, gamma: float) -> Frames:
    """torchvision's, by a table of the 256 values."""
    return look_up(frames, functional.adjust_gamma(every_value(), gamma))


def adjust_saturation(frames: Frames, factor: float) -> Frames:
    """torchvision's, frame by frame: on a CPU faster than the clip at once."""
    return [as_frame(functional.adjust_saturation(as_image(f), factor)) for f in frames]


def adjust_hue(frames: Frames, turn: float) -> Frames:
    """torchvision's, frame by frame: on a CPU faster than the clip at once."""
    return [as_frame(functional.adjust_hue(as_image(f), turn)) for f in frames]


def every_value() -> torch.Tensor:
    """Return an image ``(3, 1, 256)`` of all greys."""
    return torch.arange(256, dtype=torch.uint8).expand(3, 1, 256)


def look_up(frames: Frames, table: torch.Tensor) -> Frames:
    """Replace each value by the table's, ``(3, 1, 256)`` with three equal channels."""
    values = table[0, 0].numpy()
    return [cv2.LUT(frame, values) for frame in frames]


def as_image(frame: np.ndarray) -> torch.Tensor:
    """Return ``(H, W, 3)`` as ``(3, H, W)``."""
    return torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)


def as_frame(image: torch.Tensor) -> np.ndarray:
    """Return ``(3, H, W)`` as ``(H, W, 3)``."""
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def check_range(
    name: str, values: Sequence[float], least: float = 0, most: float = np.inf
) -> tuple[float, float]:
    """Return two numbers. ``ValueError`` unless ``least <= first <= second <= most``."""
    low, high = values
    if not least <= low <= high <= most:
        raise ValueError(
            f'{name} must be two numbers from {least} to {most}, the lower first, '
            f'got {values}'
        )
    return low, high
