"""What takes many iterations to show."""

import numpy as np
import pytest
from commands import CONFIG, options, run

pytestmark = pytest.mark.slow

ITERATIONS, WARM_UP = 2000, 500


def test_memory_does_not_grow(motion, tmp_path):
    """Neither by iterations nor by epochs, validations, checkpoints or data workers."""
    extra = {
        'train_dataloader.batch_size': 2,
        'train_cfg.max_epochs': ITERATIONS // 16,
        'train_cfg.val_interval': 20,
        'default_hooks.checkpoint.interval': 10,
        'default_hooks.checkpoint.max_keep_ckpts': 1,
        'default_hooks.logger.interval': 16,
        'default_hooks.memory.type': 'MemoryHook',
    }
    work = tmp_path / 'work'
    run('python', 'tools/train.py', CONFIG, '--work-dir', work, *options(motion, **extra))
    memory = np.loadtxt(work / 'memory') / 2**20  # MiB
    assert len(memory) == ITERATIONS and memory.min() > 100
    # By a line through all that follows the warm-up: single peaks are no growth.
    slope, _ = np.polyfit(np.arange(WARM_UP, ITERATIONS), memory[WARM_UP:], 1)
    assert slope * (ITERATIONS - WARM_UP) < 8, memory[::100]
    assert len(list(work.glob('*.pth'))) == 2  # The last and the best one.
