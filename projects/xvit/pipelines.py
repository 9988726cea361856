"""What a config's pipeline does to a video."""

import math
from collections.abc import Sequence

from mmaction.utils import get_str_type
from mmengine.config import Config

WHOLE = 2.0  # Seconds, about the length of a video in Something-Something V2.
# These make several views of a frame, of which the middle one is the centre.
SEVERAL_CROPS = ('ThreeCrop', 'TenCrop')


def step_type(step: dict) -> str:
    """The name of a step's class, without its module."""
    return get_str_type(step['type']).rsplit('.', 1)[-1]


def pipeline_steps(cfg: Config, split: str = 'test') -> list[dict]:
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
        if not any(part in step_type(step) for step in steps):
            raise ValueError(
                f"the config's {split} pipeline does not read videos: it has no step of a "
                f'type like Decord{part}'
            )
    return steps


def frame_steps(steps: Sequence[dict]) -> list[dict]:
    """The steps after decoding, without packing. Of several crops the centre is kept.

    Raises:
        ValueError: If the steps do not decode videos, or do not end in clips of the shape
            ``(N, C, T, H, W)``.
    """
    names = [step_type(step) for step in steps]
    decoders = [
        i
        for i, name in enumerate(names)
        if name.endswith('Decode') and not name.startswith('Raw')
    ]
    if len(decoders) != 1 or all(s.get('input_format') != 'NCTHW' for s in steps):
        raise ValueError(
            'the test pipeline must have one step that decodes videos, such as '
            f"DecordDecode, and after it FormatShape(input_format='NCTHW'), got {names}"
        )
    return [
        dict(type='CenterCrop', crop_size=step['crop_size'])
        if step_type(step) in SEVERAL_CROPS
        else dict(step)
        for step in steps[decoders[0] + 1 :]
        if not step_type(step).startswith('Pack')
    ]


def sampling_step(steps: Sequence[dict]) -> dict:
    """The step that samples clips, with ``clip_len`` and maybe ``frame_interval``.

    Raises:
        ValueError: If there is none.
    """
    for step in steps:
        if 'clip_len' in step:
            return step
    raise ValueError('no step of the pipeline has a clip_len, the frames of a clip')


def window_length(steps: Sequence[dict], fps: float) -> int:
    """Frames of a live source that one clip spans: its length times their interval.

    They are more or fewer if the config samples at a rate (``target_fps``). If it samples
    from the whole video, without an interval, they are those of ``WHOLE`` seconds.

    Args:
        steps (Sequence[dict]): See :func:`pipeline_steps`.
        fps (float): Frames per second of the source.

    Raises:
        ValueError: If no step has a ``clip_len``.
    """
    step = sampling_step(steps)
    if 'frame_interval' not in step:
        return max(step['clip_len'], round(WHOLE * fps))
    span = step['clip_len'] * step['frame_interval']
    return math.ceil(span * fps / (step.get('target_fps') or fps))
