"""Frames at equal steps from the first to the last of a window, as in PySlowFast."""

import numpy as np
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS

from ...checks import check_choice, check_flag, check_number, check_positive


@TRANSFORMS.register_module()
class LinspaceSampleFrames(SampleFrames):
    r"""MMAction2's ``SampleFrames``, frame for frame as PySlowFast samples.

    A clip of ``T = clip_len`` frames spans a window of ``w = clip_len * frame_interval``
    frames; with ``target_fps``, of as many frames as are shown in that time, which need
    not be a whole number. It has the frames

    .. math:: \left\lfloor s + i \, \frac{w - 1}{T - 1} \right\rfloor, \quad 0 \le i < T

    so that the last one is the window's last. 8 frames of interval 8 are 9 apart, where
    ``SampleFrames`` has them 8 apart. With :math:`\delta = \max(n - w, 0)` for a video of
    n frames, the start s is a real number drawn from 0 to :math:`\delta` in training; in
    testing it is :math:`\delta k / m` for clip k of m, so that a single clip starts with
    the video, and the last of several does not end with it.

    Required keys are ``total_frames``, ``start_index`` and, with ``target_fps``,
    ``avg_fps``; added are ``frame_inds``, ``clip_len``, ``frame_interval`` and
    ``num_clips``.

    Source: ``get_start_end_idx`` and ``temporal_sampling`` in
    ``slowfast/datasets/decoder.py`` of https://github.com/facebookresearch/SlowFast, which
    X-ViT and LAPS have taken over.

    Args:
        clip_len (int): Frames T of a clip.
        frame_interval (int): The window's frames for each frame of the clip.
        num_clips (int): Clips of a video.
        out_of_bound_opt (str): What stands for frames behind the video's end: ``'loop'``,
            the video from its start (LAPS), or ``'repeat_last'``, its last frame
            (PySlowFast, X-ViT).
        test_mode (bool): Whether to take the fixed clips, for validation and testing.
        target_fps (float | None): Frames a second by which the window is counted; ``None``
            counts the video's own frames. A video that has no ``avg_fps`` is taken to be
            at ``target_fps``.

    Raises:
        TypeError: If an argument is of another type.
        ValueError: If one is out of its range; when called, if the video has no frames.
    """

    def __init__(
        self,
        clip_len: int,
        frame_interval: int = 1,
        num_clips: int = 1,
        out_of_bound_opt: str = 'loop',
        test_mode: bool = False,
        target_fps: float | None = None,
    ) -> None:
        check_positive('clip_len', clip_len)
        check_positive('frame_interval', frame_interval)
        check_positive('num_clips', num_clips)
        check_choice('out_of_bound_opt', out_of_bound_opt, ('loop', 'repeat_last'))
        check_flag('test_mode', test_mode)
        if target_fps is not None:
            check_number('target_fps', target_fps)
            if target_fps <= 0:
                raise ValueError(f'target_fps must be above 0 or None, got {target_fps}')
        super().__init__(
            clip_len,
            frame_interval,
            num_clips,
            out_of_bound_opt=out_of_bound_opt,
            test_mode=test_mode,
            target_fps=target_fps,
        )

    def transform(self, results: dict) -> dict:
        """Add ``frame_inds``, the clips one after the other."""
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
        # A sum of fractions that is a whole number may come out just below it.
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
