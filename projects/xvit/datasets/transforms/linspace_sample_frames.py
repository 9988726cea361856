"""Frames at equal steps from the first to the last of a window, as in PySlowFast."""

import numpy as np
from mmaction.registry import TRANSFORMS

from .checked_sample_frames import CheckedSampleFrames


@TRANSFORMS.register_module()
class LinspaceSampleFrames(CheckedSampleFrames):
    r"""MMAction2's ``SampleFrames`` with exactly the frames that PySlowFast samples.

    A clip of ``T = clip_len`` frames spans a window of ``w = clip_len * frame_interval``
    frames. With ``target_fps``, the window has as many frames as the video shows in that
    time, and w need not be a whole number. The clip has the frames

    .. math:: \left\lfloor s + i \, \frac{w - 1}{T - 1} \right\rfloor, \quad 0 \le i < T

    so its last frame is the window's last. 8 frames of interval 8 are 9 apart; those of
    ``SampleFrames`` are 8 apart. Let :math:`\delta = \max(n - w, 0)` for a video of n
    frames. In training, the start s is a real number drawn from 0 to :math:`\delta`. In
    testing, it is :math:`\delta k / m` for clip k of m: a single clip starts with the
    video, and the last of several does not end with it.

    Required keys are ``total_frames``, ``start_index`` and, with ``target_fps``,
    ``avg_fps``; added are ``frame_inds``, ``clip_len``, ``frame_interval`` and
    ``num_clips``.

    Source: ``get_start_end_idx`` and ``temporal_sampling`` in
    ``slowfast/datasets/decoder.py`` of https://github.com/facebookresearch/SlowFast, which
    X-ViT and LAPS use too.

    Args:
        *args, **kwargs: ``clip_len``, ``frame_interval``, ``num_clips``,
            ``out_of_bound_opt`` and ``test_mode``, see :class:`CheckedSampleFrames`.
            ``out_of_bound_opt`` is ``'loop'`` in LAPS, ``'repeat_last'`` in X-ViT.
        target_fps (float | None): Frame rate at which the window is counted. ``None``
            counts the video's own frames, as for a video without ``avg_fps``.

    Raises:
        TypeError: If a number is not an integer.
        ValueError: If a number is below 1 or ``target_fps`` is not above 0; when called,
            if the video has no frames.
    """

    def __init__(self, *args, target_fps: float | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if target_fps is not None and not target_fps > 0:
            raise ValueError(f'target_fps must be above 0 or None, got {target_fps}')
        self.target_fps = target_fps

    def transform(self, results: dict) -> dict:
        """Add ``frame_inds``, one clip after the other."""
        num_frames = results['total_frames']
        if num_frames < 1:
            raise ValueError(f'the video must have frames, total_frames is {num_frames}')
        window = self.clip_len * self.frame_interval
        if self.target_fps and results.get('avg_fps'):
            window *= results['avg_fps'] / self.target_fps
        window = max(window, 1)
        room = max(num_frames - window, 0)
        if self.test_mode:
            starts = room * np.arange(self.num_clips) / self.num_clips
        else:
            starts = np.random.uniform(0, room, self.num_clips)
        frames = np.linspace(starts, starts + window - 1, self.clip_len, axis=1)
        # Rounding errors may put a whole number just below itself.
        frames = np.floor(frames + 1e-6).astype(np.int32)
        if self.out_of_bound_opt == 'loop':
            frames %= num_frames
        else:
            frames = np.minimum(frames, num_frames - 1)
        results['frame_inds'] = frames.reshape(-1) + results['start_index']
        results['clip_len'] = self.clip_len
        results['frame_interval'] = self.frame_interval
        results['num_clips'] = self.num_clips
        return results
