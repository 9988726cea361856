"""MMAction2's ``SampleFrames`` with its usual arguments only, checked."""

from mmaction.datasets.transforms import SampleFrames

from ...checks import check_positive


class CheckedSampleFrames(SampleFrames):
    """Base of the samplers here. ``SampleFrames`` ignores arguments that it does not know.

    Args:
        clip_len (int): Frames of a clip.
        frame_interval (int): Frames from one frame of a clip to the next.
        num_clips (int): Clips of a video.
        out_of_bound_opt (str): What replaces frames after the video's end: ``'loop'``, the
            video from its start, or ``'repeat_last'``, its last frame.
        test_mode (bool): Whether to take the fixed clips, for validation and testing.

    Raises:
        TypeError: If a number is not an integer.
        ValueError: If a number is below 1.
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
        super().__init__(
            clip_len,
            frame_interval,
            num_clips,
            out_of_bound_opt=out_of_bound_opt,
            test_mode=test_mode,
        )
