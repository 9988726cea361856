"""Where frames come from: a video file, or a camera or a stream address."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np

# A frame ``(H, W, 3)`` uint8, RGB, its number among the frames that were read, and its time
# in seconds from the first.
Frame = tuple[int, float, np.ndarray]
# Frames a second of a source that does not tell its rate.
DEFAULT_FPS = 25.0


class VideoFile:
    """All frames of a video file, in chunks.

    Args:
        path (str | Path): The file.
        every (int): Take every n-th frame only.

    Attributes:
        fps (float): Frames a second that a reader gets, after ``every``.
        problems (list[str]): What went wrong while reading.

    Raises:
        ValueError: If OpenCV cannot open the file as a video.
    """

    dropped = 0

    def __init__(self, path: str | Path, every: int = 1) -> None:
        self.path, self.every = path, every
        self.capture = cv2.VideoCapture(str(path))
        if not self.capture.isOpened():
            raise ValueError(f'{path} cannot be opened as a video')
        self.fps = _rate(self.capture) / every
        self.problems: list[str] = []
        self.stopped = False

    def chunks(self, size: int) -> Iterator[list[Frame]]:
        """Yield lists of ``size`` frames. The last one has the frames that are left."""
        chunk, count = [], 0
        while not self.stopped and (read := self.capture.read())[0]:
            if count % self.every == 0:
                time_of_frame = count / (self.fps * self.every)
                chunk.append((count, time_of_frame, _rgb(read[1])))
            count += 1
            if len(chunk) == size:
                yield chunk
                chunk = []
        if chunk:
            yield chunk
        told = int(self.capture.get(cv2.CAP_PROP_FRAME_COUNT))
        if count < told and not self.stopped:
            self.problems.append(
                f'{self.path} should have {told} frames, but only {count} could be read'
            )

    def stop(self) -> None:
        """End :meth:`chunks` after the frames that were read."""
        self.stopped = True


class LiveSource:
    """The frames of a camera or a stream, read by a thread as they arrive.

    The thread puts frames into a queue. If the reader is too slow and the queue is full,
    the oldest frame is dropped and counted. A lost connection is opened again.

    Args:
        open_capture (Callable): Opens the source: returns an object with the methods of
            ``cv2.VideoCapture``.
        every (int): Take every n-th frame only.
        name (str): What errors call it.
        queue_size (int): Frames that may wait.
        retries (int): How often in a row to try to open a lost connection again.
        retry_seconds (float): The pause before each try.

    Attributes:
        fps (float): Frames a second that a reader gets, as the source tells it.
        dropped (int): Frames that were dropped.
        problems (list[str]): What went wrong while reading.

    Raises:
        ValueError: If the source cannot be opened.
    """

    def __init__(
        self,
        open_capture: Callable[[], cv2.VideoCapture],
        every: int = 1,
        name: str = 'the source',
        queue_size: int = 32,
        retries: int = 5,
        retry_seconds: float = 2.0,
    ) -> None:
        self.open_capture, self.every = open_capture, every
        self.retries, self.retry_seconds = retries, retry_seconds
        self.capture = open_capture()
        if not self.capture.isOpened():
            raise ValueError(f'{name} cannot be opened: is it there, and is it free?')
        self.fps = _rate(self.capture) / every
        self.dropped = 0
        self.problems: list[str] = []
        self.queue: deque[Frame] = deque()
        self.queue_size = queue_size
        self.ready = threading.Condition()
        self.ended, self.stopped = False, threading.Event()
        threading.Thread(target=self._read, daemon=True).start()

    def chunks(self, size: int) -> Iterator[list[Frame]]:
        """Yield the frames that wait, at most ``size``, until the source has ended."""
        while True:
            with self.ready:
                while not (self.queue or self.ended or self.stopped.is_set()):
                    self.ready.wait(timeout=0.2)
                if not self.queue:
                    return
                count = min(size, len(self.queue))
                chunk = [self.queue.popleft() for _ in range(count)]
            yield chunk

    def stop(self) -> None:
        """End :meth:`chunks` after the frames that wait."""
        self.stopped.set()

    def _read(self) -> None:
        count, start = 0, None
        try:
            while not self.stopped.is_set():
                found, picture = self.capture.read()
                now = time.monotonic()
                if not found:
                    if self._reconnect(count):
                        continue
                    return
                start = now if start is None else start
                if count % self.every == 0:
                    self._put((count, now - start, _rgb(picture)))
                count += 1
        except Exception as error:  # Otherwise it would be lost with the thread.
            self.problems.append(f'reading failed after {count} frames: {error!r}')
        finally:
            self.capture.release()
            with self.ready:
                self.ended = True
                self.ready.notify()

    def _put(self, frame: Frame) -> None:
        with self.ready:
            if len(self.queue) == self.queue_size:
                self.queue.popleft()
                self.dropped += 1
            self.queue.append(frame)
            self.ready.notify()

    def _reconnect(self, count: int) -> bool:
        """Try to open the source again; whether that succeeded."""
        lost = time.monotonic()
        for attempt in range(1, self.retries + 1):
            self.capture.release()
            if self.stopped.wait(self.retry_seconds):
                return False
            self.capture = self.open_capture()
            if self.capture.isOpened():
                seconds = time.monotonic() - lost
                self.problems.append(
                    f'connection lost after {count} frames, opened again after '
                    f'{seconds:.1f} s (try {attempt})'
                )
                return True
        self.problems.append(
            f'connection lost after {count} frames, and not opened again in '
            f'{self.retries} tries'
        )
        return False


def is_live(source: str) -> bool:
    """Whether it is a camera's number or a stream's address, not a file or folder."""
    return not Path(source).exists() and (source.isdecimal() or '://' in source)


def open_source(source: str, every: int = 1, **live: float) -> VideoFile | LiveSource:
    """Open a video file, a camera by its number, or an address such as ``rtsp://...``.

    Args:
        source (str): Path, number or address.
        every (int): Take every n-th frame only.
        **live: ``queue_size``, ``retries`` and ``retry_seconds`` of :class:`LiveSource`.

    Raises:
        ValueError: If it cannot be opened.
    """
    if is_live(source):
        address = int(source) if source.isdecimal() else source
        name = f'camera {source}' if source.isdecimal() else source
        return LiveSource(lambda: cv2.VideoCapture(address), every, name, **live)
    if not Path(source).is_file():
        raise ValueError(
            f'{source} is neither a video file, nor the number of a camera, nor an address '
            'with "://"'
        )
    return VideoFile(source, every)


def _rate(capture: cv2.VideoCapture) -> float:
    """Frames a second. Some sources tell 0, and some streams tell their clock's rate."""
    rate = capture.get(cv2.CAP_PROP_FPS)
    return rate if 0 < rate < 1000 else DEFAULT_FPS


def _rgb(picture: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
