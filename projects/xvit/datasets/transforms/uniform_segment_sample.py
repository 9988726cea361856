"""One frame from each of equal segments, as in Something-Something's recipes."""

import numpy as np
from mmaction.datasets.transforms import UniformSample
from mmaction.registry import TRANSFORMS

from ...checks import check_positive


@TRANSFORMS.register_module()
class UniformSegmentSample(UniformSample):
    r"""Uniform segments with exactly the frames that SlowFast and X-ViT sample.

    The ``n`` frames of a video are cut into ``T = clip_len`` segments. The ``i``-th goes
    from frame :math:`s_i` to frame :math:`s_{i+1}`, both included,

    .. math:: s_i = \mathrm{round}\left(i \, \frac{n - 1}{T}\right)

    and a half is rounded to the even neighbour. In training, each clip draws a frame from
    each segment. In testing, the first clip takes the middle frame of each segment,
    :math:`\lfloor (s_i + s_{i+1}) / 2 \rfloor`, the second clip the first frame, and the
    third the last frame. If the video is shorter than the clip, frames are repeated.

    MMAction2's ``UniformSample`` draws from the same segments in training, but only one
    clip. In testing, its frames of one clip differ by up to one, and it spaces several
    clips evenly.

    Source: ``get_seq_frames`` in ``slowfast/datasets/ssv2.py`` of
    https://github.com/1adrianb/video-transformers.

    Args:
        clip_len (int): Frames T of a clip.
        num_clips (int): Clips of a video, at most 3 in testing.
        test_mode (bool): Whether to take the fixed frames, for validation and testing.

    Raises:
        TypeError: If ``clip_len`` or ``num_clips`` is not an integer.
        ValueError: If one of them is below 1, or ``num_clips`` is above 3 in testing; when
            called, if the video has no frames.
    """

    def __init__(self, clip_len: int, num_clips: int = 1, test_mode: bool = False) -> None:
        check_positive('clip_len', clip_len)
        check_positive('num_clips', num_clips)
        if test_mode and num_clips > 3:
            raise ValueError(
                'num_clips must be at most 3 in testing, the middle, the first and the '
                f'last frames of the segments, got {num_clips}'
            )
        super().__init__(clip_len, num_clips, test_mode)

    def _get_sample_clips(self, num_frames: int) -> np.ndarray:
        """Return frame indices ``(num_clips * clip_len,)``, one clip after the other."""
        if num_frames < 1:
            raise ValueError(f'the video must have frames, total_frames is {num_frames}')
        segment = (num_frames - 1) / self.clip_len
        edges = np.round(segment * np.arange(self.clip_len + 1)).astype(int)
        first, last = edges[:-1], edges[1:]
        if self.test_mode:
            clips = [(first + last) // 2, first, last][: self.num_clips]
        else:
            clips = [np.random.randint(first, last + 1) for _ in range(self.num_clips)]
        return np.concatenate(clips)
