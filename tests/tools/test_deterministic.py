"""The real commands with few and many data workers: the same numbers."""

import sys

import mmengine
import pytest
import torch
from commands import last_checkpoint, options, run, same


def command(tool, motion, work, *arguments, **extra):
    extra |= {'train_cfg.max_epochs': 1, 'randomness.deterministic': True}
    tool = f'tools/{tool}.py'
    arguments = ('configs/xvit_motion.py', *arguments, '--work-dir', work)
    run(sys.executable, tool, *arguments, *options(motion, **extra))


@pytest.mark.slow
def test_any_number_of_data_workers_gives_the_same_weights_and_scores(motion, tmp_path):
    saved, scores = [], []
    for num_workers in (1, 8):
        work, dump = tmp_path / f'{num_workers}', tmp_path / f'{num_workers}.pkl'
        command('train', motion, work, **{'train_dataloader.num_workers': num_workers})
        saved.append(last_checkpoint(work)['state_dict'])
        arguments = (tmp_path / '1/epoch_1.pth', '--dump', dump)
        workers = {'test_dataloader.num_workers': num_workers}
        command('test', motion, tmp_path / 'test', *arguments, **workers)
        scores.append([(d['pred_score'], d['gt_label']) for d in mmengine.load(dump)])

    assert same(*saved)
    assert len(scores[0]) == 16
    for few, many in zip(*scores, strict=True):
        assert torch.equal(few[0], many[0]) and torch.equal(few[1], many[1])
