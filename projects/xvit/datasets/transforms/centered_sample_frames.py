"""Test clips in the middle of equal intervals, as in MMAction 0.x."""

import numpy as np
from mmaction.registry import TRANSFORMS

from .checked_sample_frames import CheckedSampleFrames


@TRANSFORMS.register_module()
class CenteredSampleFrames(CheckedSampleFrames):
    r"""MMAction2's ``SampleFrames`` with the test clips of MMAction 0.x.

    In a video of n frames, a clip of ``w = clip_len * frame_interval`` frames can start at
    ``n - w + 1`` places. They are cut into ``m = num_clips`` equal intervals, and clip k
    starts in the middle of its interval,

    .. math:: \left\lfloor \left(k + \frac{1}{2}\right) \frac{n - w + 1}{m} \right\rfloor

    or at 0 if the video is shorter than w. MMAction2 1.x spaces the clips from one end of
    the video to the other, and puts a single clip in the middle. In training both draw the
    same clips.

    Required keys are ``total_frames`` and ``start_index``; added are ``frame_inds``,
    ``clip_len``, ``frame_interval`` and ``num_clips``.

    Source: ``SampleFrames._get_test_clips`` in ``mmaction/datasets/pipelines/loading.py``
    of https://github.com/MartinXM/TPS, which is MMAction 0.x's.

    Args:
        *args, **kwargs: ``clip_len``, ``frame_interval``, ``num_clips``,
            ``out_of_bound_opt`` and ``test_mode``, see :class:`CheckedSampleFrames`.
    """

    def _get_test_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        """Return the first frames ``(num_clips,)`` of the clips.

        ``ori_clip_len``, which is not used, is the distance from a clip's first to its last
        frame. MMAction 0.x counts ``frame_interval`` frames for the last one too.
        """
        starts = num_frames - self.clip_len * self.frame_interval + 1
        middles = (np.arange(self.num_clips) + 0.5) * max(starts, 0) / self.num_clips
        return middles.astype(int)
