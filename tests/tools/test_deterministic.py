"""The real commands twice, and with few and many data workers: the same numbers."""

import subprocess
import sys
from pathlib import Path

import mmengine
import pytest
import torch

ROOT = Path(__file__).parents[2]
SPLITS = ('train', 'val', 'test')


def command(tool, motion, work, *arguments, **options):
    values = {f'{split}_dataloader.dataset.data_root': motion for split in SPLITS}
    values |= {'train_cfg.max_epochs': 1, 'train_cfg.val_interval': 9}
    values |= {'randomness.deterministic': True, **options}
    done = subprocess.run(
        [sys.executable, f'tools/{tool}.py', 'configs/xvit_motion.py', *map(str, arguments)]
        + ['--work-dir', str(work), '--cfg-options']
        + [f'{key}={value}' for key, value in values.items()],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    output = done.stdout + done.stderr
    assert done.returncode == 0, output[-4000:]


def weights(work):
    return torch.load(work / 'epoch_1.pth')['state_dict']


@pytest.mark.slow
def test_two_runs_have_the_same_weights_and_any_workers_the_same_scores(motion, tmp_path):
    for name in ('one', 'other'):
        command('train', motion, tmp_path / name)
    one, other = weights(tmp_path / 'one'), weights(tmp_path / 'other')
    assert list(one) == list(other)
    assert all(torch.equal(one[key], other[key]) for key in one)

    scores = []
    for num_workers in (1, 8):
        dump = tmp_path / f'{num_workers}.pkl'
        workers = {'test_dataloader.num_workers': num_workers}
        arguments = (tmp_path / 'one/epoch_1.pth', '--dump', dump)
        command('test', motion, tmp_path / 'test', *arguments, **workers)
        scores.append([(d['pred_score'], d['gt_label']) for d in mmengine.load(dump)])
    assert len(scores[0]) == 16
    for few, many in zip(*scores, strict=True):
        assert torch.equal(few[0], many[0]) and torch.equal(few[1], many[1])
