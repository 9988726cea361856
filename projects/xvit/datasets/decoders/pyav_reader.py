"""Read frames with PyAV, whose wheels contain FFmpeg."""

import io
from collections.abc import Sequence

import numpy as np


class PyAVReader:
    """A video's frames by number, as ``decord.VideoReader`` counts and rotates them.

    Frames equal decord's bit for bit (``tests/datasets/test_decoders.py``), but for the
    colour of interlaced frames, which PyAV interpolates in each field. A video is decoded
    from its start to the last frame that is asked for: exact for any file, but slow for a
    segment late in a long video.

    Args:
        source (str | io.BytesIO): A path, or the content of a file.

    Raises:
        ImportError: If PyAV is not installed.
        OSError: If it cannot be read.
        ValueError: If it is not a video (``av.error.InvalidDataError``) or has no video
            stream.
    """

    def __init__(self, source: str | io.BytesIO) -> None:
        try:
            import av
        except ImportError as error:
            raise ImportError('PyAV is not installed: pip install av') from error
        self._open = av.open
        self.source = source
        with self._open(source) as container:
            if not container.streams.video:
                raise ValueError('has no video stream')
            stream = container.streams.video[0]
            if stream.codec_context is None:
                raise ValueError('has a video stream of an unknown codec')
            self._fps = float(stream.average_rate or 0)
            # The container's own number may be missing or wrong.
            self._length = sum(
                packet.size > 0 and not packet.is_discard
                for packet in container.demux(stream)
            )

    def __len__(self) -> int:
        return self._length

    def get_avg_fps(self) -> float:
        return self._fps

    def get_batch(self, indices: Sequence[int]) -> np.ndarray:
        """Return frames ``(len(indices), H, W, 3)``, RGB bytes.

        Raises:
            ValueError: If a frame cannot be decoded.
            IndexError: If the video ends before a frame.
        """
        wanted = {int(index) for index in indices}
        if isinstance(self.source, io.BytesIO):
            self.source.seek(0)
        frames = {}
        with self._open(self.source) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            for number, frame in enumerate(container.decode(stream)):
                if number in wanted:
                    image = frame.to_ndarray(format='rgb24')
                    frames[number] = np.rot90(image, frame.rotation // 90)
                    if len(frames) == len(wanted):
                        break
        missing = wanted - frames.keys()
        if missing:
            raise IndexError(f'frame {min(missing)} of {len(self)} does not decode')
        return np.stack([frames[int(index)] for index in indices])
