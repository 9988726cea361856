"""Compare models by time and memory: a row for each model, clip length and pass."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import torch

from .memory import model_bytes, peak_bytes
from .models import build_backbone
from .timing import CLOCKS, inference_step, interleave, paired_ratio, spread, training_step

PASSES = {'inference': inference_step, 'training': training_step}
DTYPES = {
    'float32': torch.float32,
    'bfloat16': torch.bfloat16,
    'float16': torch.float16,
}


@dataclass(frozen=True)
class Settings:
    """How models are compared.

    Args:
        frames (Sequence[int]): Lengths of the clips.
        passes (Sequence[str]): From ``PASSES``.
        side (int): Height and width of a frame in pixels.
        batch (int): Clips in a batch.
        device (str): What ``torch.device`` takes.
        dtype (str): From ``DTYPES``, by autocast.
        compile (bool): Whether the models are compiled.
        rounds (int): How often each is timed.
        warmup (int): How often it runs before.
        clock (str): From ``CLOCKS``.

    Raises:
        ValueError: If a value is out of range, or there is no such device.
    """

    frames: Sequence[int] = (8,)
    passes: Sequence[str] = tuple(PASSES)
    side: int = 224
    batch: int = 1
    device: str = 'cpu'
    dtype: str = 'float32'
    compile: bool = False
    rounds: int = 10
    warmup: int = 2
    clock: str = 'wall'

    def __post_init__(self) -> None:
        for name in ('side', 'batch', 'rounds'):
            if getattr(self, name) < 1:
                raise ValueError(f'{name} must be at least 1, got {getattr(self, name)}')
        if self.warmup < 0:
            raise ValueError(f'warmup must be at least 0, got {self.warmup}')
        if not self.frames or min(self.frames) < 1:
            raise ValueError(f'frames must be lengths from 1 up, got {self.frames}')
        for name, known in (('dtype', DTYPES), ('clock', CLOCKS)):
            if getattr(self, name) not in known:
                raise ValueError(
                    f'{name} must be one of {sorted(known)}, got {getattr(self, name)!r}'
                )
        if not self.passes or not set(self.passes) <= set(PASSES):
            raise ValueError(f'passes must be from {sorted(PASSES)}, got {self.passes}')
        try:
            torch.empty(0, device=self.device)
        except (RuntimeError, AssertionError) as error:
            raise ValueError(f'device {self.device!r} is not there: {error}') from error


def compare(names: Sequence[str], baseline: str, settings: Settings) -> list[dict]:
    """Time the models in turn, and measure their memory.

    Args:
        names (Sequence[str]): See :func:`build_backbone`.
        baseline (str): The one of them that the others' ratios are to, at equal length.
        settings (Settings): How.

    Returns:
        list[dict]: A row for each pass, length and model: ``pass``, ``frames``, ``model``,
        ``seconds`` (a clip batch; median), ``seconds_quartiles``, ``clips_per_second``,
        ``ratio`` (median of the rounds' ratios to the baseline), ``ratio_quartiles``,
        ``frame_ratio`` (time per frame, to that at the first of the lengths),
        ``peak_bytes`` (parameters, buffers and the most that the step holds beside them)
        and ``memory_ratio``.

    Raises:
        ValueError: If the baseline is not among the models, or one comes twice.
    """
    if len(set(names)) < len(names):
        raise ValueError(f'models must differ, got {list(names)}')
    if baseline not in names:
        raise ValueError(f'baseline must be one of {list(names)}, got {baseline!r}')
    device = torch.device(settings.device)
    cases = {}
    for frames in settings.frames:
        shape = (settings.batch, 3, frames, settings.side, settings.side)
        clips = torch.randn(shape, generator=torch.Generator().manual_seed(0)).to(device)
        for name in names:
            model = build_backbone(name, frames, settings.side).to(device)
            cases[frames, name] = (model, clips)
    return [
        row for kind in settings.passes for row in _rows(kind, cases, baseline, settings)
    ]


def _rows(kind: str, cases: dict, baseline: str, settings: Settings) -> list[dict]:
    """The rows of one pass; ``cases`` has model and clips by length and name."""
    device, steps, memory = torch.device(settings.device), {}, {}
    for case, (model, clips) in cases.items():
        model.train(kind == 'training')
        run = torch.compile(model) if settings.compile else model
        steps[case] = partial(PASSES[kind], run, clips, DTYPES[settings.dtype])
        steps[case]()  # Buffers and compiled code that stay are not the step's.
        memory[case] = model_bytes(model) + peak_bytes(steps[case], device)
    times = interleave(steps, settings.rounds, settings.warmup, device, settings.clock)
    rows = []
    for frames, name in cases:
        seconds = spread(times[frames, name])
        ratio = paired_ratio(times[frames, name], times[frames, baseline])
        shortest = settings.frames[0]
        per_frame = paired_ratio(times[frames, name], times[shortest, name])
        rows.append(
            {
                'pass': kind,
                'frames': frames,
                'model': name,
                'seconds': seconds.median,
                'seconds_quartiles': [seconds.low, seconds.high],
                'clips_per_second': settings.batch / seconds.median,
                'ratio': ratio.median,
                'ratio_quartiles': [ratio.low, ratio.high],
                'frame_ratio': per_frame.median * shortest / frames,
                'peak_bytes': memory[frames, name],
                'memory_ratio': memory[frames, name] / memory[frames, baseline],
            }
        )
    return rows
