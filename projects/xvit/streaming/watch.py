"""Run a model on a source, and give every frame with its scores."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator

import numpy as np
from torch import Tensor

from .recognizer import StreamRecognizer
from .sources import Frame


def watch(
    chunks: Iterable[list[Frame]],
    recognizer: StreamRecognizer,
    prepare: Callable[[list[np.ndarray]], Tensor],
) -> Iterator[tuple[Frame, np.ndarray]]:
    """Yield each frame with its probabilities ``(num_classes,)``, in order, none left out.

    A frame comes ``recognizer.delay`` frames after it was read, the last ones at the end.

    Args:
        chunks (Iterable[list[Frame]]): Frames as they come, see ``sources``.
        recognizer (StreamRecognizer): At the start of a video.
        prepare (Callable): Makes ``(1, 3, t, H, W)`` of t pictures.

    Raises:
        ValueError: If a frame's size is not that of the first. The frames before it were
            yielded, with their scores.
    """
    waiting: deque[Frame] = deque()
    shape, error = None, None
    for chunk in chunks:
        pictures = [picture for *_, picture in chunk]
        shape = shape or pictures[0].shape
        if {picture.shape for picture in pictures} != {shape}:
            size = f'{shape[1]} x {shape[0]}'
            error = ValueError(f'the size of the frames changed, it was {size}')
            break
        waiting.extend(chunk)
        yield from _finished(waiting, recognizer.step(prepare(pictures)))
    if waiting:
        yield from _finished(waiting, recognizer.flush())
    if error:
        raise error


def _finished(waiting: deque[Frame], scores: Tensor) -> Iterator[tuple[Frame, np.ndarray]]:
    for probabilities in scores[0].softmax(dim=-1).cpu().numpy():
        yield waiting.popleft(), probabilities
