"""Compare models by time and memory: one row for each model, clip length and pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from .memory import model_bytes, peak_bytes
from .models import build_backbone
from .timing import inference_step, interleave, paired_ratio, quartiles, training_step

PASSES = {'inference': inference_step, 'training': training_step}
DTYPES = ('float32', 'bfloat16', 'float16')


@dataclass(frozen=True)
class Settings:
    """How models are compared.

    Raises:
        ValueError: If a number is too small, or the CPU clock is to time another device.
    """

    frames: Sequence[int] = (8,)  # lengths of the clips
    passes: Sequence[str] = tuple(PASSES)
    side: int = 224  # height and width of a frame in pixels
    batch: int = 1  # clips in a batch
    device: str = 'cpu'
    dtype: str = 'float32'  # from DTYPES, by autocast
    compile: bool = False
    rounds: int = 10  # timed rounds
    warmup: int = 2  # rounds before them
    clock: str = 'wall'  # from CLOCKS

    def __post_init__(self) -> None:
        least = dict(frames=1, side=1, batch=1, rounds=1, warmup=0)
        for name, smallest in least.items():
            value = getattr(self, name)
            if min(value if name == 'frames' else [value]) < smallest:
                raise ValueError(f'{name} must be at least {smallest}, got {value}')
        if self.clock == 'cpu' and self.device != 'cpu':
            raise ValueError(f"clock='cpu' needs device='cpu', got {self.device!r}")


def compare(names: Sequence[str], baseline: str, settings: Settings) -> list[dict]:
    """Time the models in turn, and measure their memory.

    Args:
        names (Sequence[str]): The models, see :func:`build_backbone`.
        baseline (str): One of them. Ratios are to this model, at the same clip length.
        settings (Settings): How to measure.

    Returns:
        list[dict]: A row for each pass, length and model: ``pass``, ``frames``, ``model``,
        ``seconds`` (of a batch; median), ``seconds_quartiles``, ``clips_per_second``,
        ``ratio`` (median of the rounds' ratios to the baseline), ``ratio_quartiles``,
        ``frame_ratio`` (time per frame, relative to the first of the lengths),
        ``peak_bytes`` (parameters, buffers, and the peak of what the step allocates) and
        ``memory_ratio``.

    Raises:
        ValueError: If a model comes twice, or the baseline is not among the models.
    """
    if len(set(names)) < len(names):
        raise ValueError(f'models must differ, got {list(names)}')
    if baseline not in names:
        raise ValueError(f'baseline must be one of {list(names)}, got {baseline!r}')
    cases = {}
    for frames in settings.frames:
        shape = (settings.batch, 3, frames, settings.side, settings.side)
        clips = torch.randn(shape, device=settings.device)
        for name in names:
            model = build_backbone(name, frames, settings.side)
            cases[frames, name] = (model.to(clips.device), clips)
    return [
        row for kind in settings.passes for row in _rows(kind, cases, baseline, settings)
    ]


def _rows(kind: str, cases: dict, baseline: str, settings: Settings) -> list[dict]:
    """The rows of one pass. ``cases`` has model and clips by length and name."""
    device, steps, memory = torch.device(settings.device), {}, {}
    for case, (model, clips) in cases.items():
        model.train(kind == 'training')
        run = torch.compile(model) if settings.compile else model
        steps[case] = partial(PASSES[kind], run, clips, settings.dtype)
        steps[case]()  # Compiled code and buffers stay, so they are not the step's memory.
        memory[case] = model_bytes(model) + peak_bytes(steps[case], device)
    times = interleave(steps, settings.rounds, settings.warmup, device, settings.clock)
    rows = []
    for frames, name in cases:
        first = settings.frames[0]
        low, seconds, high = quartiles(times[frames, name])
        low_ratio, ratio, high_ratio = paired_ratio(
            times[frames, name], times[frames, baseline]
        )
        _, length_ratio, _ = paired_ratio(times[frames, name], times[first, name])
        rows.append(
            {
                'pass': kind,
                'frames': frames,
                'model': name,
                'seconds': seconds,
                'seconds_quartiles': [low, high],
                'clips_per_second': settings.batch / seconds,
                'ratio': ratio,
                'ratio_quartiles': [low_ratio, high_ratio],
                'frame_ratio': length_ratio * first / frames,
                'peak_bytes': memory[frames, name],
                'memory_ratio': memory[frames, name] / memory[frames, baseline],
            }
        )
    return rows
