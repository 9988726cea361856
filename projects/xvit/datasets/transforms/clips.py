"""The clips of a sample, each of which an augmentation treats with one draw."""

from collections.abc import Callable, Iterable

import numpy as np

Frames = list[np.ndarray]


def augment_each_clip(results: dict, augment: Callable[[Frames], Iterable]) -> dict:
    """Give every clip of a sample to an augmentation.

    A clip is ``clip_len`` consecutive frames. Where that is 1, as in TSN's sampling of
    ``num_clips`` single frames, or is not said, all frames are one clip.

    Args:
        results (dict): ``imgs``, a list of ``(H, W, 3)`` uint8 frames, and ``clip_len``.
        augment (callable): Takes the frames of a clip and returns as many new ones. It is
            called once for each clip.

    Returns:
        dict: ``results`` with new ``imgs``, of the same form; the old are left alone.

    Raises:
        TypeError: If a frame is not uint8.
        ValueError: If there are no frames, one is not ``(H, W, 3)``, or they are not
            whole clips.
    """
    frames = results.get('imgs')
    if frames is None or not len(frames):
        raise ValueError('imgs must have frames: augment after decoding')
    for frame in frames:
        if frame.dtype != np.uint8:
            raise TypeError(f'imgs must be uint8, got {frame.dtype}: augment them first')
        if frame.ndim != 3 or frame.shape[2] != 3:
            raise ValueError(f'imgs must be (H, W, 3) frames, got {frame.shape}')
    clip_len = results.get('clip_len', 1)
    if clip_len == 1:
        clip_len = len(frames)
    if len(frames) % clip_len:
        raise ValueError(f'imgs must be clips of {clip_len} frames, got {len(frames)}')
    results['imgs'] = [
        frame
        for start in range(0, len(frames), clip_len)
        for frame in augment(frames[start : start + clip_len])
    ]
    return results
