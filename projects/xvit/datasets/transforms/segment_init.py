"""Open a video and sample from one segment of it."""

import math

from mmaction.datasets.transforms import DecordInit
from mmaction.registry import TRANSFORMS

from ...checks import check_choice
from ..decoders import DECODERS

# A frame this close to a segment's edge, in frames, is inside: times have two decimals,
# and frame rates such as 59.94 are rounded.
TOLERANCE = 1e-3


def segment_frames(
    start_time: float, stop_time: float, fps: float, num_frames: int
) -> tuple[int, int]:
    """Return the first and the last frame of a segment.

    Frame i, counted from 0, is shown at ``i / fps`` seconds. A segment has the frames that
    are shown from its start to its end, both included. A segment between two frames has
    the later one. A segment that ends after the video ends with the video.

    Args:
        start_time (float): In seconds.
        stop_time (float): In seconds.
        fps (float): Frames a second of the video.
        num_frames (int): Frames in the video.

    Raises:
        ValueError: If the segment starts after the last frame.
    """
    first = math.ceil(start_time * fps - TOLERANCE)
    last = math.floor(stop_time * fps + TOLERANCE)
    if first >= num_frames:
        raise ValueError(
            f'the segment starts at {start_time} s, after the last of {num_frames} frames '
            f'at {fps} frames a second'
        )
    return first, min(max(first, last), num_frames - 1)


@TRANSFORMS.register_module()
class SegmentInit(DecordInit):
    """MMAction2's ``DecordInit`` for one segment of a long video.

    If the sample has a ``start_time`` and a ``stop_time`` in seconds, ``start_index`` and
    ``total_frames`` become the segment's. MMAction2's ``SampleFrames``, ``UniformSample``
    and so on then sample inside the segment. Otherwise the sample is the whole video.

    A local file is opened by its path: ``DecordInit`` would read all of it into memory,
    gigabytes for an untrimmed video. The decoder still reads it once, to index the frames.

    Required keys are ``filename`` and, with times, ``start_index``; added or changed are
    ``video_reader``, ``avg_fps``, ``total_frames`` and ``start_index``.

    Args:
        decoder (str): The library that opens the video: ``'decord'``, ``'torchcodec'`` or
            ``'pyav'``. The step that decodes must be that library's.
        **kwargs: See MMAction2's ``DecordInit``.

    Raises:
        ValueError: If ``decoder`` is none of these; when called, if the segment starts
            after the video's end.
    """

    def __init__(self, decoder: str = 'decord', **kwargs) -> None:
        check_choice('decoder', decoder, DECODERS)
        super().__init__(**kwargs)
        self.decoder = decoder
        self._open = TRANSFORMS.get(DECODERS[decoder][0])(**kwargs)

    def _get_video_reader(self, filename: str):
        if self.decoder != 'decord':
            return self._open._get_video_reader(filename)
        if self.io_backend != 'disk':
            return super()._get_video_reader(filename)
        import decord  # Here, as in MMAction2: the package imports without decord.

        return decord.VideoReader(filename, num_threads=self.num_threads)

    def transform(self, results: dict) -> dict:
        results = super().transform(results)
        if 'start_time' in results:
            first, last = segment_frames(
                results['start_time'],
                results['stop_time'],
                results['avg_fps'],
                results['total_frames'],
            )
            results['start_index'] += first
            results['total_frames'] = last - first + 1
        return results
