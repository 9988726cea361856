"""Times of several models, taken in turn so that a machine's moods strike them alike."""

import statistics
import time
from collections.abc import Callable, Hashable, Mapping
from contextlib import nullcontext
from typing import NamedTuple

import torch
from torch import Tensor, nn

CLOCKS = {'wall': time.perf_counter, 'cpu': time.process_time}


class Spread(NamedTuple):
    """Median and quartiles of what was measured again and again."""

    median: float
    low: float
    high: float


def spread(values: list[float]) -> Spread:
    """Median and quartiles."""
    if len(values) == 1:
        return Spread(*values * 3)
    low, median, high = statistics.quantiles(values, n=4, method='inclusive')
    return Spread(median, low, high)


def paired_ratio(times: list[float], baseline: list[float]) -> Spread:
    """Spread of the ratios of times that were taken in the same rounds."""
    return spread([a / b for a, b in zip(times, baseline, strict=True)])


def interleave(
    steps: Mapping[Hashable, Callable[[], None]],
    rounds: int,
    warmup: int,
    device: torch.device,
    clock: str = 'wall',
) -> dict[Hashable, list[float]]:
    """Time every step once a round, each round beginning with another step.

    Args:
        steps (Mapping): What is timed, by name.
        rounds (int): Rounds that are timed.
        warmup (int): Rounds before them.
        device (torch.device): Is waited for, before and after a step.
        clock (str): ``'wall'``, or ``'cpu'`` for the time that the process had a CPU, all
            threads together: for a CPU that others use.

    Returns:
        dict: The seconds of each step, a number a round.
    """
    now = CLOCKS[clock]
    synchronize = torch.cuda.synchronize if device.type == 'cuda' else lambda: None
    names = list(steps)
    times = {name: [] for name in names}
    for i in range(-warmup, rounds):
        first = i % len(names)
        for name in names[first:] + names[:first]:
            synchronize()
            start = now()
            steps[name]()
            synchronize()
            if i >= 0:
                times[name].append(now() - start)
    return times


def inference_step(model: nn.Module, clips: Tensor, dtype: torch.dtype) -> None:
    """The forward pass in evaluation, without gradients."""
    with torch.no_grad(), autocast(clips.device, dtype):
        model(clips)


def training_step(model: nn.Module, clips: Tensor, dtype: torch.dtype) -> None:
    """The forward and the backward pass; gradients are dropped.

    There is no optimizer: its time follows from the parameters, which are the same in a
    method and in its image backbone, and would only dilute the difference.
    """
    model.zero_grad(set_to_none=True)
    with autocast(clips.device, dtype):
        loss = _mean(model(clips))
    loss.backward()
    model.zero_grad(set_to_none=True)


def autocast(device: torch.device, dtype: torch.dtype):
    """Mixed precision as mmengine's ``AmpOptimWrapper`` has it; none for float32."""
    if dtype == torch.float32:
        return nullcontext()
    return torch.autocast(device.type, dtype)


def _mean(output) -> Tensor:
    """A number that depends on all of a backbone's outputs."""
    if isinstance(output, Tensor):
        return output.float().mean()
    return sum(_mean(part) for part in output)
