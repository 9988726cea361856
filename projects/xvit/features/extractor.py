"""Features of whole videos: by a stream, or by windows if the model cannot stream."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from mmengine.logging import print_log
from mmengine.runner.checkpoint import load_state_dict
from torch import Tensor, nn

from ..analysis import build_recognizer, without_weights
from ..checkpoints.read import read_checkpoint, weights_of
from ..checkpoints.verify import Report, check_arguments, short_hash
from ..checks import check_positive
from ..streaming import Stream
from .files import write_features
from .pipeline import frame_steps, sampling
from .reader import FrameReader, Video
from .windows import window_features, window_frames


class Extractor:
    """Writes a backbone's features of videos of any length, in constant memory.

    A backbone that streams gets the frames ``0, stride, 2 * stride, ...`` in chunks, and
    gives a feature for each. These are the features of all frames as a single clip. Any
    other backbone gets windows of the config's clip length that start ``stride`` frames
    apart. Each gives one feature, the mean over its frames, for the time of its middle.

    Args:
        cfg (Config): With a recognizer as ``model``, and a test pipeline for videos.
        checkpoint (Path): Its weights.
        device (str): Where the model runs.
        stride (int, optional): Frames of the video between two features. By default, the
            config's ``frame_interval`` for a stream, and a quarter of a window otherwise.
        frame_interval (int, optional): Frames of the video between two frames of a window.
            By default, the config's ``frame_interval``, or 1 if it has none.
        chunk (int): Frames that pass the model at a time.
        dtype (str): ``'float32'`` or ``'float16'``, of the files.
        time_limit (float): Seconds to open a video, and to read a chunk of it.

    Attributes:
        how (str): In words, how features are made.
        made_by (dict): Everything that the features depend on.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the checkpoint does not fit the config, the pipeline is not one of
            videos, or an argument is out of range.
    """

    def __init__(
        self,
        cfg: Config,
        checkpoint: Path,
        device: str = 'cpu',
        stride: int | None = None,
        frame_interval: int | None = None,
        chunk: int = 32,
        dtype: str = 'float32',
        time_limit: float = 300,
    ) -> None:
        pipeline = cfg.test_dataloader.dataset.pipeline
        steps = frame_steps(pipeline)
        self.clip_len, default_interval = sampling(pipeline)
        self.model = load_model(cfg, checkpoint).to(device)
        for name, value in dict(
            stride=stride, frame_interval=frame_interval, chunk=chunk
        ).items():
            if value is not None:
                check_positive(name, value)
        try:
            Stream(self.model.backbone)
            self.streams, why = True, ''
        except (TypeError, ValueError) as error:
            self.streams, why = False, str(error)
        if self.streams:
            if frame_interval is not None:
                raise ValueError(
                    f'frame_interval={frame_interval} is for windows, but this model '
                    'streams: set stride, the distance of the frames that it sees'
                )
            self.stride, self.covers = stride or default_interval, 1
            self.interval = self.stride
            self.how = f'one pass over every frame number that {self.stride} divides'
        else:
            self.interval = frame_interval or default_interval
            self.covers = self.clip_len * self.interval
            self.stride = stride or max(1, self.covers // 4)
            overlap = max(0, 1 - self.stride / self.covers)
            self.how = (
                f'windows of {self.covers} frames ({self.clip_len} of them, '
                f'{self.interval} apart), every {self.stride} frames, which overlap by '
                f'{overlap:.0%}, because it cannot stream: {why}'
            )
        self.chunk, self.dtype = chunk, dtype
        self.reader = FrameReader(steps, time_limit)
        self.source = dict(config=str(cfg.filename), checkpoint=str(checkpoint))
        model = without_weights(cfg.model)
        made_by = dict(
            streamed=self.streams,
            feat_stride=self.stride,
            num_frames=self.covers,
            frame_interval=self.interval,
            dtype=dtype,
            checkpoint_sha256=short_hash(checkpoint),
            backbone=model['backbone'],
            data_preprocessor=model.get('data_preprocessor'),
            pipeline=steps,
        )
        # As it is when read again: tuples become lists.
        self.made_by = json.loads(json.dumps(made_by, default=str))

    def extract(self, path: Path, target: Path) -> None:
        """Write ``target.npy``, ``(features, C)``, and ``target.json`` of a video.

        Raises:
            ReadError, TimeoutError, ChildProcessError: If the video cannot be read.
            ValueError: If a feature is not finite.
        """
        video = self.reader.open(path)
        windows = self._windows(video)
        positions = self.stride * np.arange(len(windows)) + self.covers / 2
        write_features(
            target,
            self._features(video, windows),
            len(windows),
            self.dtype,
            self._description(video, video.seconds(positions)),
        )

    def _windows(self, video: Video) -> np.ndarray:
        """The frames of each feature, ``(features, frames)``."""
        if self.streams:
            return np.arange(0, video.num_frames, self.stride)[:, None]
        return window_frames(video.num_frames, self.clip_len, self.interval, self.stride)

    def _features(self, video: Video, windows: np.ndarray) -> Iterator[Tensor]:
        frames = self.reader.chunks(video, np.unique(windows), self.chunk)
        clips = map(self._normalize, frames)
        if self.streams:
            stream = Stream(self.model.backbone)
            for clip in clips:
                yield stream.step(clip)[0]
            yield stream.flush()[0]
        else:
            batch_size = max(1, self.chunk // self.clip_len)
            yield from window_features(self.model.backbone, clips, windows, batch_size)

    @torch.no_grad()
    def _normalize(self, frames: Tensor) -> Tensor:
        """``(3, t, H, W)`` of the pipeline as the model's input ``(1, 3, t, H, W)``."""
        batch = dict(inputs=[frames[None]], data_samples=None)
        return self.model.data_preprocessor(batch)['inputs'][0]

    def _description(self, video: Video, times: np.ndarray) -> dict[str, Any]:
        return dict(
            video=str(video.path),
            frame=video.num_frames,
            fps=video.fps,
            duration=video.num_frames / video.fps,
            feat_stride=self.stride,
            num_frames=self.covers,
            times=[round(time, 4) for time in times.tolist()],
            how=self.how,
            **self.source,
            made_by=self.made_by,
        )


def load_model(cfg: Config, checkpoint: Path) -> nn.Module:
    """The recognizer in evaluation mode, with the backbone's weights of a checkpoint.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it has no weights of the backbone, or they do not fit the config.
    """
    file = read_checkpoint(checkpoint)
    prefix = 'backbone.'
    weights = {
        key.removeprefix(prefix): value
        for key, value in weights_of(file, checkpoint).items()
        if key.startswith(prefix)
    }
    if not weights:
        raise ValueError(f'{checkpoint} has no weights whose names start with {prefix}')
    report = Report()
    check_arguments(cfg, file.get('meta'), report)
    for note in report.notes:
        print_log(note, logger='current', level=logging.WARNING)
    model = build_recognizer(cfg)
    try:
        load_state_dict(model.backbone, weights, strict=True)
    except (RuntimeError, ValueError) as error:
        report.problems.append(' '.join(str(error).split()))
    if report.problems:
        raise ValueError(
            f'{checkpoint} does not fit the config: ' + '; '.join(report.problems)
        )
    return model
