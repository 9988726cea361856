"""Frames as a config's test pipeline makes them, without a video file."""

import numpy as np
from mmaction.models.recognizers.base import BaseRecognizer
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..models import InnerFrames

# These make several views of a frame; a stream has one, the centre.
SEVERAL_CROPS = ('ThreeCrop', 'TenCrop')


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
        decodes = [i for i, step in enumerate(steps) if step.type.endswith('Decode')]
        samples = [step for step in steps if 'clip_len' in step]
        if len(decodes) != 1 or len(samples) != 1:
            raise ValueError(
                'the test pipeline must have one step that decodes and one with clip_len, '
                f'got {[step.type for step in steps]}'
            )
        self.clip_len = samples[0].clip_len
        self.frame_interval = samples[0].get('frame_interval', 1)
        self.pipeline = Compose([_one_view(step) for step in steps[decodes[0] + 1 :]])
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
            label=-1,
            num_clips=1,
            clip_len=len(frames),
            img_shape=shape,
            original_shape=shape,
        )
        inputs = self.pipeline(results)['inputs']
        prepared = self.data_preprocessor(dict(inputs=[inputs], data_samples=None))
        return prepared['inputs'][0]


def _one_view(step: dict) -> dict:
    """The step, or the crop of the centre in place of several crops."""
    if step.type in SEVERAL_CROPS:
        return dict(type='CenterCrop', crop_size=step.crop_size)
    return step
