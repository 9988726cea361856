"""A camera, a stream or a video frame by frame: predictions of its last frames."""

import logging
from collections import deque
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from mmengine.logging import print_log

from ..pipelines import window_length
from ..streaming.captions import captioned
from ..streaming.sources import Frame, LiveSource, VideoFile, open_source
from ..video_writer import VideoWriter
from .recognizer import VideoRecognizer
from .scores import Prediction

Best = list[tuple[str, float]]


def sliding(
    recognizer: VideoRecognizer, source: VideoFile | LiveSource, every: int, size: int
) -> Iterator[tuple[Frame, Prediction | None, bool]]:
    """Yield each frame, the newest prediction, and whether it is new with this frame.

    The window has the last ``size`` frames. The first prediction comes when it is full, the
    next ones every ``every`` frames. If the source ends before, the last frame has the
    prediction of all there are.
    """
    window: deque[np.ndarray] = deque(maxlen=size)
    newest, frame, new = None, None, False
    for number, (following,) in enumerate(source.chunks(1)):
        if frame is not None:
            yield frame, newest, new
        frame = following
        window.append(frame[2])
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
        name (str): A file, a camera's number or a stream's address.
        every (int): Frames from one prediction to the next.
        window (int, optional): Frames that the model sees. By default what one clip spans,
            see :func:`window_length`.
        topk (int): How many classes are drawn and yielded.
        out_video (Path, optional): An mp4 file, with the classes below each frame. It
            is written whole when the source ends, or when this is closed (by Ctrl-C, too).
        show (bool): Also in a window, until the key q is pressed.

    Raises:
        ValueError: If the source cannot be opened, or has no frame.
        OSError: If the mp4 file cannot be written.
    """
    source = open_source(name)
    size = window or window_length(recognizer.steps, source.fps)
    video, best = VideoWriter(out_video, source.fps) if out_video else None, None
    keep = False
    try:
        for frame, prediction, new in sliding(recognizer, source, every, size):
            _, seconds, picture = frame
            best = prediction.top(topk) if prediction else []
            if video or show:
                picture = captioned(picture, best, topk)
            if video:
                video.write(picture)
            if show:
                cv2.imshow('predict.py', picture)
                if cv2.waitKey(1) & 0xFF == ord('q'):
                    break
            if new:
                yield seconds, best
        keep = True
    except (GeneratorExit, KeyboardInterrupt):
        keep = True
        raise
    finally:
        source.stop()
        if video:
            video.close(keep)
        lost = [f'{source.dropped} frames were dropped'] if source.dropped else []
        for problem in (*source.problems, *lost):
            print_log(problem, logger='current', level=logging.WARNING)
    if best is None:
        raise ValueError(f'{name} has no frame that can be read')
