"""How much memory a step needs at its peak."""

from collections.abc import Callable

import torch
from torch.profiler import ProfilerActivity, profile


def peak_bytes(step: Callable[[], None], device: torch.device) -> int:
    """The most memory that ``step`` holds at once, beyond what was held before it.

    On a GPU, this is the allocator's peak. On a CPU, PyTorch's profiler records every
    allocation and release of a tensor's memory; a library's own workspace is not counted.
    """
    if device.type == 'cuda':
        torch.cuda.reset_peak_memory_stats(device)
        before = torch.cuda.memory_allocated(device)
        step()
        return torch.cuda.max_memory_allocated(device) - before
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as profiled:
        step()
    changes = [
        (event.start_ns(), event.nbytes())
        for event in profiled.profiler.kineto_results.events()
        if event.name() == '[memory]'
    ]
    held = peak = 0
    for _, change in sorted(changes, key=lambda timed: timed[0]):
        held += change
        peak = max(peak, held)
    return peak


def model_bytes(model: torch.nn.Module) -> int:
    """Bytes of the parameters and buffers."""
    return sum(t.nbytes for t in (*model.parameters(), *model.buffers()))
