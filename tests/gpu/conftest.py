"""These tests need a GPU and skip without one. GPU_TEST_DEVICE=cpu runs them on the CPU."""

import os
from collections.abc import Iterator

import pytest
import torch

# cuBLAS is deterministic only with this. It is read once in a process.
os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
DEVICE = os.environ.get('GPU_TEST_DEVICE', 'cuda')


@pytest.fixture
def device() -> Iterator[str]:
    """Where to run, with float32 products in full precision (no TF32)."""
    if DEVICE == 'cuda' and not torch.cuda.is_available():
        pytest.skip('needs a GPU')
    backends = (torch.backends.cuda.matmul, torch.backends.cudnn)
    before = [backend.allow_tf32 for backend in backends]
    for backend in backends:
        backend.allow_tf32 = False
    yield DEVICE
    for backend, allowed in zip(backends, before):
        backend.allow_tf32 = allowed
