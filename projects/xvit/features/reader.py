"""The frames of a video, in chunks, read in a process that may crash."""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, NamedTuple

import decord
import numpy as np
import torch
from mmaction.registry import TRANSFORMS
from torch import Tensor

from ..datasets.reader_process import ReaderProcess, ReadError

# The errors of opening and reading a bad video. Nothing else raises them.
READ_ERRORS = (ReadError, TimeoutError, ChildProcessError)


class Video(NamedTuple):
    """What is known of a video before it is decoded.

    Args:
        path (Path): The file.
        num_frames (int): Its frames.
        fps (float): Frames per second, on average.
        spans (ndarray): ``(num_frames, 2)``, from and to which second a frame is shown.
    """

    path: Path
    num_frames: int
    fps: float
    spans: np.ndarray

    def seconds(self, positions: np.ndarray) -> np.ndarray:
        """The times of positions counted in frames; 0.5 is the middle of the first one."""
        edges = np.append(self.spans[:, 0], self.spans[-1, 1])
        beyond = np.maximum(positions - self.num_frames, 0) / self.fps
        return np.interp(positions, np.arange(len(edges)), edges) + beyond


class FrameReader:
    """Reads frames with decord, and applies a pipeline's steps to them.

    Another process decodes, ahead of the frames that are in use. A video that crashes the
    decoder, or takes too long, raises an error, and the next one can be read.

    Args:
        steps (Sequence[dict]): From :func:`~projects.xvit.pipelines.frame_steps`.
        time_limit (float): Seconds for opening a video, and for each chunk.
    """

    def __init__(self, steps: Sequence[dict], time_limit: float) -> None:
        decode = [dict(type='DecordDecode'), *steps]
        self._steps = [TRANSFORMS.build(step) for step in decode]
        self._apart = ReaderProcess(self._work, time_limit)
        self._ahead = ThreadPoolExecutor(1)
        self._pending: Future | None = None
        self._open: tuple[Path, Any] = (Path(), None)  # Used in the other process only.

    def open(self, path: Path) -> Video:
        """Open a video.

        Raises:
            ReadError: If it cannot be opened.
            TimeoutError: If that took too long.
            ChildProcessError: If the decoder crashed.
        """
        if self._pending is not None:  # Of a video that was not read to its end.
            wait([self._pending])
        # Not by the thread: a process with threads should fork from its main one.
        return Video(path, *self._apart(path, None))

    def chunks(self, video: Video, indices: np.ndarray, size: int) -> Iterator[Tensor]:
        """Yield frames ``(3, t, H, W)``, ``t = size`` but for the last chunk.

        Args:
            video (Video): The last one that was opened.
            indices (ndarray): Numbers of the frames, in ascending order.
            size (int): Frames of a chunk.

        Raises:
            ReadError, TimeoutError, ChildProcessError: As :meth:`open` does.
        """

        def read(start: int) -> None:
            part = indices[start : start + size]
            self._pending = self._ahead.submit(self._apart, video.path, part)

        read(0)
        for following in range(size, len(indices) + size, size):
            frames = self._pending.result()
            if following < len(indices):
                read(following)
            yield torch.from_numpy(frames)

    def _work(self, path: Path, indices: np.ndarray | None) -> np.ndarray | tuple:
        """Open a video if ``indices`` is None, else read. Runs in the other process."""
        if indices is None or path != self._open[0]:
            self._open = Path(), None  # Close the last one first.
            if not path.is_file():
                raise FileNotFoundError(f'{path} does not exist')
            # By its name: MMAction2's DecordInit reads the whole file into memory.
            self._open = path, decord.VideoReader(str(path), num_threads=1)
        reader = self._open[1]
        if indices is None:
            count = len(reader)
            if count == 0:
                raise ValueError('it has no frames')
            spans = np.asarray(reader.get_frame_timestamp(range(count)), dtype=float)
            return count, float(reader.get_avg_fps()), spans
        results = dict(video_reader=reader, frame_inds=indices, modality='RGB')
        results.update(clip_len=len(indices), num_clips=1, start_index=0)
        for step in self._steps:
            results = step(results)
        (frames,) = results['imgs']  # The only view.
        return np.ascontiguousarray(frames)
