"""Read frames with PyAV, whose wheels contain FFmpeg."""

import bisect
import io
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

# Containers that store presentation times (MP4, QuickTime, Matroska, WebM).
STORE_TIMES = ('mov', 'matroska')


class _Packet(NamedTuple):
    """An encoded frame, in the order of decoding."""

    time: int | None  # Of presentation, in the stream's time base.
    is_key: bool  # Decoding can start here.
    is_shown: bool


class PyAVReader:
    """A video's frames by number, as ``decord.VideoReader`` counts and rotates them.

    Frames equal decord's bit for bit (``tests/datasets/test_decoders.py``), but for the
    colour of interlaced frames, which PyAV interpolates in each field.

    Where the container stores presentation times, decoding starts at the last keyframe
    before a frame. Of H.264, frames are left out that are neither asked for nor referred to
    by others. Other videos are decoded from their start.

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
        self._av, self.source = av, source
        self._open()
        self._fps = float(self._stream.average_rate or 0)
        self._reformatter = av.video.reformatter.VideoReformatter()
        # The container's own number of frames may be missing or wrong.
        self._packets = [
            _Packet(packet.pts, packet.is_keyframe, not packet.is_discard)
            for packet in self._container.demux(self._stream)
            if packet.size
        ]
        times = [packet.time for packet in self._packets if packet.is_shown]
        self._length = len(times)
        stored = self._container.format.name.startswith(STORE_TIMES)
        stored = stored and None not in times and len({*times}) == len(times)
        self._times = sorted(times) if stored else None
        self._positions = {packet.time: n for n, packet in enumerate(self._packets)}

    def _open(self) -> None:
        if isinstance(self.source, io.BytesIO):
            self.source.seek(0)
        self._container = self._av.open(self.source)
        if not self._container.streams.video:
            raise ValueError('has no video stream')
        self._stream = self._container.streams.video[0]
        if self._stream.codec_context is None:
            raise ValueError('has a video stream of an unknown codec')
        self._stream.codec_context.thread_count = 1

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
        places = defaultdict(list)
        for place, index in enumerate(indices):
            places[int(index)].append(place)
        find = self._count if self._times is None else self._find
        batch = None
        for number, frame in find(sorted(places)):
            image = self._image(frame)
            if batch is None:
                batch = np.empty((len(indices), *image.shape), dtype=np.uint8)
            for place in places.pop(number):
                batch[place] = image
        if places:
            raise IndexError(f'frame {min(places)} of {len(self)} does not decode')
        return batch

    def _image(self, frame: Any) -> np.ndarray:
        image = self._reformatter.reformat(frame, format='rgb24').to_ndarray()
        return np.rot90(image, frame.rotation // 90)

    def _count(self, numbers: list[int]) -> Iterator[tuple[int, Any]]:
        """Yield each number and its frame, counted from the start."""
        left = {*numbers}
        self._open()  # Some cannot go back.
        for number, frame in enumerate(self._container.decode(self._stream)):
            if number in left:
                yield number, frame
                left.remove(number)
                if not left:
                    return

    def _find(self, numbers: list[int]) -> Iterator[tuple[int, Any]]:
        """Yield each number and its frame, by the time of presentation."""
        left = {self._times[n]: n for n in numbers if n < len(self)}
        keys = [n for n, packet in enumerate(self._packets) if packet.is_key]
        key_times = [self._packets[n].time for n in keys]
        context = self._stream.codec_context
        may_skip, packets, position = context.name == 'h264', None, 0
        for time in [*left]:
            if time not in left:
                continue
            before = bisect.bisect_right(key_times, time)
            key = keys[before - 1] if before else 0
            if packets is None or key > position:
                packets = self._from(key)
            for packet in packets:
                position = self._positions.get(packet.pts, position) + 1
                if may_skip:
                    skip = packet.size and packet.pts not in left
                    context.skip_frame = 'NONREF' if skip else 'DEFAULT'
                for frame in packet.decode():
                    if frame.pts in left:
                        yield left.pop(frame.pts), frame
                if time not in left:
                    break

    def _from(self, key: int) -> Iterator[Any]:
        """Yield the packets from a keyframe on, or from the start if it is not found."""
        for position in (key, 0):
            self._container.seek(self._packets[position].time, stream=self._stream)
            packets = self._container.demux(self._stream)
            first = next(packets)
            if self._positions.get(first.pts, key + 1) <= key:
                break
        return chain([first], packets)
