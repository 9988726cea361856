"""Predictions for many video files, of which any may crash or hang the decoder."""

from collections.abc import Iterator, Sequence
from textwrap import shorten

from torch.utils.data import DataLoader, Dataset

from ..datasets.reader_process import ReaderProcess, ReadError
from .recognizer import VideoRecognizer
from .scores import Prediction


class Prepared(Dataset):
    """Item i is i and the model's input for video i, or the reason why there is none."""

    def __init__(
        self, recognizer: VideoRecognizer, paths: Sequence[str], time_limit: float
    ) -> None:
        self.paths = paths
        self.prepare = ReaderProcess(recognizer.prepare, time_limit)

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, index: int) -> tuple[int, dict | str]:
        try:
            return index, self.prepare(self.paths[index])
        except ReadError as error:
            return index, one_line(error)
        except (TimeoutError, ChildProcessError) as error:
            return index, f'decoding failed: {error}'


def one_line(error: Exception) -> str:
    """An error's message. decord's has a stack trace of many lines."""
    return shorten(str(error), 500, placeholder=' ...')


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
    loader = DataLoader(
        Prepared(recognizer, paths, time_limit),
        batch_size=None,
        collate_fn=tuple,  # Samples as they are; the recognizer makes the batches.
        num_workers=min(workers, len(paths)),
        multiprocessing_context='fork',
    )
    waiting: list[tuple[str, dict]] = []
    for index, sample in loader:
        if isinstance(sample, str):
            yield paths[index], sample
            continue
        waiting.append((paths[index], sample))
        if len(waiting) == batch_size:
            yield from _flush(recognizer, waiting)
    yield from _flush(recognizer, waiting)


def _flush(
    recognizer: VideoRecognizer, waiting: list[tuple[str, dict]]
) -> Iterator[tuple[str, Prediction]]:
    if waiting:
        paths, samples = zip(*waiting)
        waiting.clear()
        yield from zip(paths, recognizer.predict(list(samples)))
