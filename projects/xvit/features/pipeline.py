"""What a config's test pipeline does to each frame."""

from collections.abc import Sequence

# Steps that crop several views, of which the middle one is kept.
MULTI_CROPS = ('ThreeCrop', 'TenCrop')
DECODERS = ('DecordDecode', 'OpenCVDecode', 'PyAVDecode', 'PIMSDecode')


def frame_steps(pipeline: Sequence[dict]) -> list[dict]:
    """The steps after decoding, without packing. ``ThreeCrop`` becomes ``CenterCrop``.

    Raises:
        ValueError: If the pipeline does not decode videos, or does not end in clips of the
            shape ``(N, C, T, H, W)``.
    """
    names = [_name(step) for step in pipeline]
    decoders = [i for i, name in enumerate(names) if name in DECODERS]
    formats = [step for step in pipeline if step.get('input_format') == 'NCTHW']
    if len(decoders) != 1 or not formats:
        raise ValueError(
            f'the test pipeline must have one of {", ".join(DECODERS)}, and after it '
            f"FormatShape(input_format='NCTHW'), got {', '.join(names) or 'no step'}"
        )
    steps = [dict(step) for step in pipeline[decoders[0] + 1 :]]
    steps = [step for step in steps if not _name(step).startswith('Pack')]
    return [
        dict(type='CenterCrop', crop_size=step['crop_size'])
        if _name(step) in MULTI_CROPS
        else step
        for step in steps
    ]


def sampling(pipeline: Sequence[dict]) -> tuple[int, int]:
    """Frames of a clip, and the distance between two of them; 1 if no step tells it.

    Raises:
        ValueError: If no step has ``clip_len``.
    """
    for step in pipeline:
        if 'clip_len' in step:
            return int(step['clip_len']), int(step.get('frame_interval', 1))
    raise ValueError('no step of the test pipeline has clip_len, the frames of a clip')


def _name(step: dict) -> str:
    kind = step['type']
    return (kind if isinstance(kind, str) else kind.__name__).rsplit('.', 1)[-1]
