"""Predictions for many video files. Any of them may crash or hang the decoder."""

from collections.abc import Iterator, Sequence
from textwrap import shorten

from ..datasets.reader_process import ReadError
from ..workers import calls_apart
from .recognizer import VideoRecognizer
from .scores import Prediction


def predict_videos(
    recognizer: VideoRecognizer,
    paths: Sequence[str],
    batch_size: int = 1,
    workers: int = 1,
    time_limit: float = 300,
) -> Iterator[tuple[str, Prediction | str]]:
    """Yield each path with its prediction, or with the reason why there is none.

    Data workers prepare the videos, and each decodes in a process of its own. Results come
    in the order of the paths, but errors come at once.

    Args:
        recognizer (VideoRecognizer): The model.
        paths (Sequence[str]): Video files.
        batch_size (int): Videos in a forward pass.
        workers (int): Data workers, at least 1.
        time_limit (float): Seconds that decoding one video may take.
    """
    samples = calls_apart(recognizer.prepare, paths, workers, time_limit, in_order=True)
    waiting: list[tuple[str, dict]] = []
    for index, sample in samples:
        if isinstance(sample, Exception):
            yield paths[index], _reason(sample)
            continue
        waiting.append((paths[index], sample))
        if len(waiting) == batch_size:
            yield from _flush(recognizer, waiting)
    yield from _flush(recognizer, waiting)


def _reason(error: Exception) -> str:
    # decord's messages have a stack trace of many lines.
    text = shorten(str(error), 500, placeholder=' ...')
    return text if isinstance(error, ReadError) else f'decoding failed: {text}'


def _flush(
    recognizer: VideoRecognizer, waiting: list[tuple[str, dict]]
) -> Iterator[tuple[str, Prediction]]:
    if waiting:
        paths, samples = zip(*waiting)
        waiting.clear()
        yield from zip(paths, recognizer.predict(list(samples)))
