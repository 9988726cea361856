"""Time several models in turn, so that a change in the machine's speed affects them all."""

import time
import timeit
from collections.abc import Callable, Hashable, Mapping
from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.benchmark import timer

# PyTorch's clock waits for the GPU first.
CLOCKS = {'wall': timer, 'cpu': time.process_time}


def quartiles(values: list[float]) -> list[float]:
    """Lower quartile, median and upper quartile."""
    return np.quantile(values, (0.25, 0.5, 0.75)).tolist()


def paired_ratio(times: list[float], baseline: list[float]) -> list[float]:
    """Quartiles of the ratios of times that were taken in the same rounds."""
    return quartiles([a / b for a, b in zip(times, baseline, strict=True)])


def interleave(
    steps: Mapping[Hashable, Callable[[], None]],
    rounds: int,
    warmup: int,
    device: torch.device,
    clock: str = 'wall',
) -> dict[Hashable, list[float]]:
    """Time every step once a round. Each round begins with another step.

    The step runs once per timing. ``torch.utils.benchmark.Timer`` would run it twice more
    before each, which is too slow for models that take seconds.

    Args:
        steps (Mapping): The functions to time, by name.
        rounds (int): Number of timed rounds.
        warmup (int): Number of rounds before them.
        device (torch.device): Where the steps run.
        clock (str): ``'wall'``, or ``'cpu'`` for the CPU time of the process, summed over
            its threads. Use it on a CPU that runs other work too.

    Returns:
        dict: The seconds of each step, one number per round.
    """
    names = list(steps)
    times = {name: [] for name in names}
    # The clock waits for the current GPU only.
    with torch.cuda.device(device) if device.type == 'cuda' else nullcontext():
        for i in range(-warmup, rounds):
            first = i % len(names)
            for name in names[first:] + names[:first]:
                seconds = timeit.timeit(steps[name], timer=CLOCKS[clock], number=1)
                if i >= 0:
                    times[name].append(seconds)
    return times


def inference_step(model: nn.Module, clips: Tensor, dtype: str) -> None:
    """The forward pass, without gradients."""
    with torch.no_grad(), autocast(clips.device, dtype):
        model(clips)


def training_step(model: nn.Module, clips: Tensor, dtype: str) -> None:
    """The forward and the backward pass.

    There is no optimizer. Its time depends on the number of parameters only, which is the
    same for a method and its image model.
    """
    with autocast(clips.device, dtype):
        loss = _mean(model(clips))
    loss.backward()
    model.zero_grad(set_to_none=True)


def autocast(device: torch.device, dtype: str) -> torch.autocast:
    """Mixed precision, as in mmengine's ``AmpOptimWrapper``. None for float32."""
    return torch.autocast(device.type, getattr(torch, dtype), enabled=dtype != 'float32')


def _mean(output) -> Tensor:
    """A scalar that depends on every output of a backbone."""
    if isinstance(output, Tensor):
        return output.float().mean()
    return sum(_mean(part) for part in output)
