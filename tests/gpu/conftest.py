"""These tests need a GPU and skip without one. GPU_TEST_DEVICE=cpu runs them on the CPU."""

import os

import pytest
import torch

# cuBLAS is deterministic only with this. It is read once in a process.
os.environ.setdefault('CUBLAS_WORKSPACE_CONFIG', ':4096:8')
DEVICE = os.environ.get('GPU_TEST_DEVICE', 'cuda')


@pytest.fixture
def device(monkeypatch) -> str:
    """Where to run, with float32 products in full precision (no TF32)."""
    if DEVICE == 'cuda' and not torch.cuda.is_available():
        pytest.skip('needs a GPU')
    monkeypatch.setattr(torch.backends.cuda.matmul, 'allow_tf32', False)
    monkeypatch.setattr(torch.backends.cudnn, 'allow_tf32', False)
    return DEVICE
