"""A config's pipelines, for video files and for frames in memory."""

import math

from mmaction.utils import get_str_type
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

WHOLE = 2.0  # Seconds, about the length of a video in Something-Something V2.


def pipeline_steps(cfg: Config, split: str) -> list[dict]:
    """The steps that prepare the videos of a split.

    Args:
        cfg (Config): A recognizer's config.
        split (str): ``'test'`` or ``'val'``.

    Raises:
        ValueError: If the config has none, or they do not open and decode a video.
    """
    dataset = cfg.get(f'{split}_dataloader', {}).get('dataset', {})
    steps = dataset.get('pipeline') or cfg.get(f'{split}_pipeline')
    if not steps:
        raise ValueError(f'the config has no {split}_dataloader.dataset.pipeline')
    for part in ('Init', 'Decode'):
        if not any(part in get_str_type(step['type']) for step in steps):
            raise ValueError(
                f"the config's {split} pipeline does not read videos: it has no step of a "
                f'type like Decord{part}'
            )
    return steps


def video_pipeline(steps: list[dict]) -> Compose:
    """From ``dict(filename, label, start_index, modality)`` to the model's input."""
    init_default_scope('mmaction')
    return Compose(steps)


def frame_pipeline(steps: list[dict]) -> Compose:
    """The same steps without decoding, from ``dict(array, total_frames, ...)``."""
    init_default_scope('mmaction')
    types = [get_str_type(step['type']) for step in steps]
    return Compose(
        [
            dict(type='ArrayDecode') if 'Decode' in name else step
            for name, step in zip(types, steps)
            if 'Init' not in name
        ]
    )


def window_length(steps: list[dict], fps: float) -> int:
    """Frames of a live source that one clip spans: its length times their interval.

    They are more or fewer if the config samples at a rate (``target_fps``). If it samples
    from the whole video, without an interval, they are those of ``WHOLE`` seconds.

    Args:
        steps (list[dict]): See :func:`pipeline_steps`.
        fps (float): Frames per second of the source.

    Raises:
        ValueError: If no step has a ``clip_len``.
    """
    for step in steps:
        if 'clip_len' in step:
            if 'frame_interval' not in step:
                return max(step['clip_len'], round(WHOLE * fps))
            span = step['clip_len'] * step['frame_interval']
            return math.ceil(span * fps / (step.get('target_fps') or fps))
    raise ValueError('no step of the pipeline has a clip_len: give the window')
