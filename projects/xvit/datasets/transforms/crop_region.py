"""The region of a frame that resizing and cropping keep."""

import math
from collections.abc import Callable
from copy import deepcopy

import numpy as np

from ...random_states import same_random_numbers

Region = tuple[slice, slice]
WHOLE: Region = np.s_[:, :]
# Of MMAction2.
CROPS = (
    *('RandomRescale', 'Resize', 'RandomCrop', 'RandomResizedCrop', 'MultiScaleCrop'),
    'CenterCrop',
)


def join_crops(pipeline: list[dict | Callable]) -> list[dict | Callable]:
    """Return a pipeline in which AutoAugment knows the crop.

    The result is the same, but see :func:`.clip_warps.warp` for ``backend='cv2'``.

    Args:
        pipeline (list): ``CROPS`` that follow ``ClipAutoAugment(policy='v0')`` become its
            ``crop``. Other steps stay.
    """
    steps = []
    for step in pipeline:
        before = steps[-1] if steps and isinstance(steps[-1], dict) else {}
        if (
            (before.get('type'), before.get('policy')) == ('ClipAutoAugment', 'v0')
            and isinstance(step, dict)
            and step['type'] in CROPS
        ):
            steps[-1] = dict(before, crop=[*before.get('crop', ()), step])
        else:
            steps.append(step)
    return steps


def kept_region(crop: Callable[[dict], dict], results: dict) -> Region:
    """Return rows and columns without which ``crop`` still gives the same.

    ``crop`` runs on a frame that holds each pixel's column and row, which gives a first
    region. Interpolation also reads pixels beside it. So the region grows until a frame
    that is black there and 1 elsewhere becomes black. Random numbers are set back each
    time, so that the next call of ``crop`` draws the same.

    Args:
        crop (callable): Transforms of MMAction2 that resize, crop or flip.
        results (dict): ``imgs``, ``(H, W, 3)`` frames, and what else ``crop`` takes. It is
            not changed.

    Returns:
        tuple[slice]: Rows and columns. All of them if the frames differ in size.

    Raises:
        ValueError: If ``crop`` does not take float32 frames of 1 or 2 channels, or a frame
            that is black everywhere does not stay so.
    """
    shape = results['imgs'][0].shape
    if any(frame.shape != shape for frame in results['imgs']):
        return WHOLE
    height, width = shape[:2]
    places = np.empty((height, width, 2), dtype=np.float32)
    places[..., 0] = np.arange(width)
    places[..., 1] = np.arange(height)[:, None]
    kept = _cropped(crop, results, places)
    columns, rows = (_ends([frame[..., channel] for frame in kept]) for channel in (0, 1))
    # At first one pixel, and as many as lie between two new ones.
    margin = 1 + max((high - low) / _shortest(kept) for low, high in (columns, rows))
    while True:
        region = _around(rows, margin, height), _around(columns, margin, width)
        outside = np.ones((height, width), dtype=np.float32)
        outside[region] = 0
        if not any(frame.any() for frame in _cropped(crop, results, outside)):
            return region
        if not outside.any():
            raise ValueError(
                'crop must only resize, crop and flip, but it changes a black frame'
            )
        margin *= 2


def _cropped(crop: Callable, results: dict, frame: np.ndarray) -> list[np.ndarray]:
    others = {key: value for key, value in results.items() if key != 'imgs'}
    with same_random_numbers():
        try:
            return crop({**deepcopy(others), 'imgs': [frame]})['imgs']
        except AssertionError:  # MMAction2's, if the frame is too small.
            raise
        except Exception as error:
            raise ValueError(f'crop must only resize, crop and flip: {error}') from error


def _ends(places: list[np.ndarray]) -> tuple[float, float]:
    return min(map(np.min, places)), max(map(np.max, places))


def _shortest(frames: list[np.ndarray]) -> int:
    return min(min(frame.shape[:2]) for frame in frames)


def _around(ends: tuple[float, float], margin: float, length: int) -> slice:
    low, high = ends
    return slice(
        max(math.floor(low - margin), 0), min(math.ceil(high + margin) + 1, length)
    )
