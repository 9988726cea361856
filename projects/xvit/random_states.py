"""Random numbers that are drawn without an effect on those that follow."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch


@contextmanager
def same_random_numbers() -> Iterator[None]:
    """Afterwards, set the CPU generators of Python, NumPy and PyTorch back."""
    states = random.getstate(), np.random.get_state(), torch.get_rng_state()
    try:
        yield
    finally:
        random.setstate(states[0])
        np.random.set_state(states[1])
        torch.set_rng_state(states[2])
