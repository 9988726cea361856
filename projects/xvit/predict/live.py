"""A camera, a stream or a video frame by frame: predictions of its last frames."""

from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from .pipelines import window_length
from .recognizer import VideoRecognizer
from .scores import Prediction

Best = list[tuple[str, float]]
# For a camera or a stream that does not tell its rate.
DEFAULT_FPS = 25.0


class Source:
    """Frames of a file, a camera's index or a stream's address, by OpenCV.

    Raises:
        OSError: If it cannot be opened.
    """

    def __init__(self, source: str) -> None:
        is_camera = source.isdecimal() and not Path(source).exists()
        self._capture = cv2.VideoCapture(int(source) if is_camera else source)
        if not self._capture.isOpened():
            raise OSError(f'cannot open {"camera " if is_camera else ""}{source}')
        fps = self._capture.get(cv2.CAP_PROP_FPS)
        self.fps = fps if 0 < fps < 1000 else DEFAULT_FPS

    def __iter__(self) -> Iterator[np.ndarray]:
        """Yield ``(H, W, 3)`` uint8 frames in BGR order, until the source ends."""
        while True:
            there, frame = self._capture.read()
            if not there:
                return
            yield frame

    def close(self) -> None:
        self._capture.release()


def sliding(
    recognizer: VideoRecognizer, source: Source, every: int, size: int
) -> Iterator[tuple[np.ndarray, Prediction | None, bool]]:
    """Yield each frame, the newest prediction, and whether it is new with this frame.

    The window has the last ``size`` frames. The first prediction comes when it is full, the
    next ones every ``every`` frames. If the source ends before, the last frame has the
    prediction of all there are.
    """
    window: deque[np.ndarray] = deque(maxlen=size)
    newest, frame, new = None, None, False
    for number, following in enumerate(source):
        if frame is not None:
            yield frame, newest, new
        frame = following
        window.append(frame[..., ::-1])  # The model takes RGB.
        new = number + 1 >= size and (number + 1 - size) % every == 0
        if new:
            newest = recognizer(np.stack(window), fps=source.fps)
    if frame is not None:
        if newest is None:
            newest, new = recognizer(np.stack(window), fps=source.fps), True
        yield frame, newest, new


def annotate(
    recognizer: VideoRecognizer,
    name: str,
    every: int = 8,
    window: int | None = None,
    topk: int = 1,
    out_video: Path | None = None,
    show: bool = False,
) -> Iterator[tuple[float, Best]]:
    """Yield the time in seconds and the best classes of each prediction.

    Args:
        recognizer (VideoRecognizer): The model.
        name (str): A file, a camera's index or a stream's address.
        every (int): Frames from one prediction to the next.
        window (int, optional): Frames that the model sees. By default what one clip spans,
            see :func:`window_length`.
        topk (int): How many classes are drawn and yielded.
        out_video (Path, optional): An mp4 file, with the classes drawn on each frame. It
            is written whole when the source ends, or when this is closed (by Ctrl-C, too).
        show (bool): Also in a window, until the key q is pressed.

    Raises:
        OSError: If the source cannot be opened, has no frame, or the mp4 cannot be written.
    """
    count = 0
    with ExitStack() as stack:
        source = stack.enter_context(closing(Source(name)))
        video = stack.enter_context(Mp4(out_video, source.fps)) if out_video else None
        size = window or window_length(recognizer.steps, source.fps)
        for frame, prediction, new in sliding(recognizer, source, every, size):
            best = prediction.top(topk) if prediction else []
            if video or show:
                frame = drawn(frame, best)
            if video:
                video.write(frame)
            if show:
                cv2.imshow('predict.py', frame)
                if cv2.waitKey(1) & 0xFF == ord('q'):
                    break
            if new:
                yield count / source.fps, best
            count += 1
        if not count:
            raise OSError(f'{name} has no frame that can be read')


def drawn(frame: np.ndarray, best: Best) -> np.ndarray:
    """A copy of a frame with a line of text for each class."""
    frame = np.ascontiguousarray(frame).copy()
    height = frame.shape[0]
    scale = max(height / 480, 0.35)
    for i, (name, score) in enumerate(best, start=1):
        place = (int(8 * scale), int(24 * scale * i))
        for colour, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
            cv2.putText(
                frame,
                f'{score:.2f} {name}',
                place,
                cv2.FONT_HERSHEY_SIMPLEX,
                0.7 * scale,
                colour,
                max(1, round(width * scale)),
                cv2.LINE_AA,
            )
    return frame


class Mp4:
    """Writes an mp4 file, which is there once the ``with`` block ends.

    It is written beside its place, and moved there when it is whole.
    """

    def __init__(self, path: Path, fps: float) -> None:
        self.path, self.fps, self._writer = path, fps, None

    def __enter__(self) -> 'Mp4':
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._folder = TemporaryDirectory(prefix='part-', dir=self.path.parent)
        self._part = Path(self._folder.name) / 'video.mp4'
        return self

    def write(self, frame: np.ndarray) -> None:
        if self._writer is None:
            codec = cv2.VideoWriter_fourcc(*'mp4v')
            size = frame.shape[1], frame.shape[0]
            self._writer = cv2.VideoWriter(str(self._part), codec, self.fps, size)
            if not self._writer.isOpened():
                raise OSError(f'OpenCV cannot write {self.path}')
        self._writer.write(frame)

    def __exit__(self, error: type[BaseException] | None, *_) -> None:
        with self._folder:
            if self._writer is None:
                return
            self._writer.release()
            if error in (None, GeneratorExit, KeyboardInterrupt):
                self._part.replace(self.path)
