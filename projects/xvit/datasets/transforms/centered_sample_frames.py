"""Test clips in the middle of equal intervals, as MMAction 0.x places them."""

import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS

from ...checks import check_choice, check_flag, check_positive


@TRANSFORMS.register_module()
class CenteredSampleFrames(SampleFrames):
    r"""MMAction2's ``SampleFrames`` with the test clips of MMAction 0.x.

    The places where a clip of ``w = clip_len * frame_interval`` frames can start in a video
    of n frames are cut into ``m = num_clips`` equal intervals, and clip k starts in the
    middle of its own,

    .. math:: \left\lfloor \left(k + \frac{1}{2}\right) \frac{n - w + 1}{m} \right\rfloor

    or at 0 where the video is shorter than w. MMAction2 1.x has them from one end of the
    video to the other, a single one in the middle. In training both draw alike.

    Required keys are ``total_frames`` and ``start_index``; added are ``frame_inds``,
    ``clip_len``, ``frame_interval`` and ``num_clips``.

    Source: ``SampleFrames._get_test_clips`` in ``mmaction/datasets/pipelines/loading.py``
    of https://github.com/MartinXM/TPS, which is MMAction 0.x's.

    Args:
        clip_len (int): Frames of a clip.
        frame_interval (int): Frames from one frame of a clip to the next.
        num_clips (int): Clips of a video.
        out_of_bound_opt (str): What stands for frames behind the video's end, ``'loop'`` or
            ``'repeat_last'``, see ``SampleFrames``.
        test_mode (bool): Whether to take the fixed clips, for validation and testing.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If one is out of its range.
    """

    def __init__(
        self,
        clip_len: int,
        frame_interval: int = 1,
        num_clips: int = 1,
        out_of_bound_opt: str = 'loop',
        test_mode: bool = False,
    ) -> None:
        check_positive('clip_len', clip_len)
        check_positive('frame_interval', frame_interval)
        check_positive('num_clips', num_clips)
        check_choice('out_of_bound_opt', out_of_bound_opt, ('loop', 'repeat_last'))
        check_flag('test_mode', test_mode)
        super().__init__(
            clip_len,
            frame_interval,
            num_clips,
            out_of_bound_opt=out_of_bound_opt,
            test_mode=test_mode,
        )

    def _get_test_clips(self, num_frames: int, ori_clip_len: float) -> np.ndarray:
        """First frames ``(num_clips,)`` of the clips.

        MMAction2 gives a clip's length from its first to its last frame; 0.x counts
        ``frame_interval`` frames for each.
        """
        starts = num_frames - self.clip_len * self.frame_interval + 1
        middles = (np.arange(self.num_clips) + 0.5) * max(starts, 0) / self.num_clips
        return middles.astype(int)
