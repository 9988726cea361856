"""Features of whole videos: by a stream, or by windows if the model cannot stream."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.config import Config
from torch import Tensor

from ..analysis import without_weights
from ..checkpoints.verify import short_hash
from ..checks import check_positive, find_device
from ..pipelines import frame_steps, sampling_step
from ..streaming import Stream
from .files import write_features
from .plan import make_plan
from .reader import FrameReader, Video
from .weights import load_model
from .windows import window_features


class Extractor:
    """Writes a backbone's features of videos of any length, in constant memory.

    A backbone that streams gets the frames ``0, stride, 2 * stride, ...`` in chunks, and
    gives a feature for each. These are the features of all frames as a single clip. Any
    other backbone gets windows of the config's clip length that start ``stride`` frames
    apart. Each gives one feature, the mean over its frames, for the time of its middle.

    Args:
        cfg (Config): With a recognizer as ``model``, and a test pipeline for videos.
        checkpoint (Path): Its weights.
        device (str, optional): By default the GPU, or the CPU without one.
        stride (int, optional): Frames of the video between two features. By default, the
            config's ``frame_interval`` for a stream, and a quarter of a window otherwise.
        frame_interval (int, optional): Frames of the video between two frames of a window.
            By default, the config's ``frame_interval``, or 1 if it has none.
        chunk (int): Frames that pass the model at a time.
        dtype (str): ``'float32'`` or ``'float16'``, of the files.
        time_limit (float): Seconds to open a video, and to read a chunk of it.

    Attributes:
        plan (Plan): How features are made.
        made_by (dict): Everything that the features depend on.

    Raises:
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the checkpoint does not fit the config, the pipeline is not one of
            videos, there is no such device, or an argument is out of range.
    """

    def __init__(
        self,
        cfg: Config,
        checkpoint: Path,
        device: str | None = None,
        stride: int | None = None,
        frame_interval: int | None = None,
        chunk: int = 32,
        dtype: str = 'float32',
        time_limit: float = 300,
    ) -> None:
        options = dict(stride=stride, frame_interval=frame_interval, chunk=chunk)
        for name, value in options.items():
            if value is not None:
                check_positive(name, value)
        device = find_device(device)
        pipeline = cfg.test_dataloader.dataset.pipeline
        steps = frame_steps(pipeline)
        self.model = load_model(cfg, checkpoint).to(device)
        sampling = sampling_step(pipeline)
        self.plan = make_plan(
            self.model.backbone,
            sampling['clip_len'],
            sampling.get('frame_interval', 1),
            stride,
            frame_interval,
        )
        self.chunk, self.dtype = chunk, dtype
        self.reader = FrameReader(steps, time_limit)
        self.source = dict(config=str(cfg.filename), checkpoint=str(checkpoint))
        model = without_weights(cfg.model)
        made_by = dict(
            streamed=self.plan.streams,
            feat_stride=self.plan.stride,
            num_frames=self.plan.covers,
            frame_interval=self.plan.frame_interval,
            dtype=dtype,
            checkpoint_sha256=short_hash(checkpoint),
            backbone=model['backbone'],
            data_preprocessor=model.get('data_preprocessor'),
            pipeline=steps,
        )
        # As JSON gives it back: tuples become lists.
        self.made_by = json.loads(json.dumps(made_by, default=str))

    def extract(self, path: Path, target: Path) -> None:
        """Write ``target.npy``, ``(features, C)``, and ``target.json`` of a video.

        Raises:
            ReadError, TimeoutError, ChildProcessError: If the video cannot be read.
            ValueError: If a feature is not finite.
        """
        video = self.reader.open(path)
        frames = self.plan.frames(video.num_frames)
        write_features(
            target,
            self._features(video, frames),
            len(frames),
            self.dtype,
            self._description(video, len(frames)),
        )

    def _features(self, video: Video, frames: np.ndarray) -> Iterator[Tensor]:
        chunks = self.reader.chunks(video, np.unique(frames), self.chunk)
        clips = map(self._normalize, chunks)
        backbone = self.model.backbone
        if self.plan.streams:
            stream = Stream(backbone)
            for clip in clips:
                yield stream.step(clip)[0]
            yield stream.flush()[0]
        else:
            batch_size = max(1, self.chunk // self.plan.clip_len)
            yield from window_features(backbone, clips, frames, batch_size)

    @torch.no_grad()
    def _normalize(self, frames: Tensor) -> Tensor:
        """``(3, t, H, W)`` of the pipeline as the model's input ``(1, 3, t, H, W)``."""
        batch = dict(inputs=[frames[None]], data_samples=None)
        return self.model.data_preprocessor(batch)['inputs'][0]

    def _description(self, video: Video, count: int) -> dict[str, Any]:
        times = video.seconds(self.plan.middles(count))
        return dict(
            video=str(video.path),
            frame=video.num_frames,
            fps=video.fps,
            duration=video.num_frames / video.fps,
            feat_stride=self.plan.stride,
            num_frames=self.plan.covers,
            times=[round(time, 4) for time in times.tolist()],
            how=self.plan.how,
            **self.source,
            made_by=self.made_by,
        )
