"""A config's pipelines, for video files and for frames in memory."""

from mmaction.utils import get_str_type
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope


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


def window_length(steps: list[dict]) -> int:
    """Frames that one clip spans: its length times the interval of its frames.

    Raises:
        ValueError: If no step has a ``clip_len``.
    """
    for step in steps:
        if 'clip_len' in step:
            return step['clip_len'] * step.get('frame_interval', 1)
    raise ValueError('no step of the pipeline has a clip_len')
