"""Frames as a config's test pipeline makes them, without a video file."""

import numpy as np
import torch
from mmaction.models.recognizers.base import BaseRecognizer
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..models import InnerFrames
from ..pipelines import frame_steps, sampling_step


class FramePreprocessor:
    """Resize, crop and normalize frames by a config's own test pipeline.

    The transforms between decoding and packing are used as they are, except for
    ``ThreeCrop`` and ``TenCrop``, in whose place the centre is cropped.

    Args:
        cfg (Config): A config with ``test_dataloader``.
        data_preprocessor (nn.Module): The model's ``ActionDataPreprocessor``.

    Attributes:
        clip_len (int): Frames of a clip in the pipeline.
        frame_interval (int): Frames of the video from one frame of a clip to the next.

    Raises:
        ValueError: If the pipeline does not decode video, or samples no clips.
    """

    def __init__(self, cfg: Config, data_preprocessor: nn.Module) -> None:
        init_default_scope(cfg.get('default_scope', 'mmaction'))
        steps = cfg.test_dataloader.dataset.pipeline
        self.pipeline = Compose(frame_steps(steps))
        sampling = sampling_step(steps)
        self.clip_len = sampling.clip_len
        self.frame_interval = sampling.get('frame_interval', 1)
        self.data_preprocessor = data_preprocessor

    def window_of(self, model: BaseRecognizer) -> int:
        """Frames of a clip that the model's head gets, for ``StreamRecognizer``."""
        if model.with_neck and isinstance(model.neck, InnerFrames):
            return self.clip_len - model.neck.before - model.neck.after
        return self.clip_len

    def __call__(self, frames: list[np.ndarray]) -> Tensor:
        """Prepare frames for ``StreamRecognizer.step``.

        Args:
            frames (list[np.ndarray]): t frames, ``(H, W, 3)`` uint8, RGB.

        Returns:
            Tensor: ``(1, 3, t, H', W')``, normalized, on the model's device.
        """
        shape = frames[0].shape[:2]
        results = dict(
            imgs=list(frames),
            modality='RGB',
            num_clips=1,
            clip_len=len(frames),
            img_shape=shape,
            original_shape=shape,
        )
        clip = torch.from_numpy(np.ascontiguousarray(self.pipeline(results)['imgs']))
        return self.data_preprocessor(dict(inputs=[clip], data_samples=None))['inputs'][0]
