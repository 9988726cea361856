"""The clips of a sample. An augmentation draws once for each."""

from collections.abc import Callable, Iterable

import numpy as np

Frames = list[np.ndarray]


def clips_of(results: dict) -> list[Frames]:
    """Return the frames of each clip of a sample.

    A clip is ``clip_len`` consecutive frames. If there is no ``clip_len``, or it is 1 as in
    TSN's sampling of single frames, all frames are one clip.

    Args:
        results (dict): ``imgs``, a list of ``(H, W, 3)`` uint8 frames, and ``clip_len``.

    Raises:
        ValueError: If a frame is not ``(H, W, 3)`` uint8, or the last clip is not whole.
    """
    frames = results['imgs']
    for frame in frames:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3:
            raise ValueError(
                'imgs must be (H, W, 3) uint8 frames, as before normalization, '
                f'got {frame.shape} {frame.dtype}'
            )
    clip_len = results.get('clip_len', 1)
    if clip_len == 1:
        clip_len = len(frames)
    if len(frames) % clip_len:
        raise ValueError(f'imgs must be clips of {clip_len} frames, got {len(frames)}')
    starts = range(0, len(frames), clip_len)
    return [frames[start : start + clip_len] for start in starts]


def augment_each_clip(results: dict, augment: Callable[[Frames], Iterable]) -> dict:
    """Augment every clip of a sample, see :func:`clips_of`.

    Args:
        results (dict): ``imgs``, and ``clip_len`` if there are several clips.
        augment (callable): Takes the frames of a clip and returns as many new ones. It is
            called once for each clip.

    Returns:
        dict: ``results`` with new ``imgs`` of the same form. The old frames are unchanged.

    Raises:
        ValueError: See :func:`clips_of`.
    """
    clips = clips_of(results)
    results['imgs'] = [frame for clip in clips for frame in augment(clip)]
    return results
