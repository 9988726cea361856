"""Whenever a run dies, ``last_checkpoint`` names a whole checkpoint."""

import builtins
import errno
import io
import os
import signal
import sys
import traceback

import pytest
import torch
from mmengine.evaluator import Evaluator
from mmengine.fileio import LocalBackend
from mmengine.hooks import checkpoint_hook
from mmengine.model import BaseModel
from mmengine.runner import Runner
from torch import nn

EPOCHS = 2


class Model(BaseModel):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 1)

    def forward(self, inputs, mode='tensor'):
        out = self.layer(inputs)
        return dict(loss=out.mean()) if mode == 'loss' else [out]


class Rising:
    """An evaluator whose score is a new best one every time."""

    def __init__(self):
        self.score = 0

    def process(self, data_samples, data_batch):
        pass

    def evaluate(self, size):
        self.score += 1
        return {'top': self.score}


def train(work, hook='AtomicCheckpointHook', resume=False, max_epochs=EPOCHS):
    """Train short epochs. Each has a new best checkpoint, and one is removed."""
    evaluator = Evaluator([])
    rising = Rising()
    evaluator.process, evaluator.evaluate = rising.process, rising.evaluate
    loader = dict(
        dataset=[(torch.ones(4),)] * 2,
        sampler=dict(type='DefaultSampler'),
        batch_size=2,
        collate_fn=dict(type='default_collate'),
        num_workers=0,
    )
    Runner._log_env = lambda self, env: None  # Runs compilers for half a second.
    Runner(
        Model(),
        str(work),
        train_dataloader=loader,
        val_dataloader=loader,
        val_evaluator=evaluator,
        train_cfg=dict(by_epoch=True, max_epochs=max_epochs),
        val_cfg=dict(),
        optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.1)),
        default_hooks=dict(
            checkpoint=dict(type=hook, interval=1, max_keep_ckpts=1, save_best='top')
        ),
        default_scope='mmaction',
        experiment_name=f'{work.name}_{resume}',
        log_level='ERROR',
        resume=resume,
        randomness=dict(seed=0),
    ).train()


def upstream():
    """Undo the repair in a child process."""
    for name in ('put', 'put_text'):
        setattr(LocalBackend, name, getattr(LocalBackend, name).__wrapped__)
    del checkpoint_hook.open


def in_child(step, folder, action):
    """Run in a child that SIGKILLs itself at its n-th change to files in a folder.

    Returns:
        bool: Whether it died, else it was done before that step.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            count_changes(step, str(folder))
            action()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return True
    assert os.WEXITSTATUS(status) == 0
    return False


def count_changes(step, folder):
    steps = iter(range(1, step))

    def change():
        if next(steps, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    class Steps(io.FileIO):
        """Writes the first half of the data, and the rest one step later."""

        def write(self, data):
            data = memoryview(data).cast('B')
            half = len(data) // 2
            super().write(data[:half])
            change()
            super().write(data[half:])
            change()
            return len(data)

    plain_open = open

    def stepwise_open(path, mode='r', **kwargs):
        if not str(path).startswith(folder) or mode not in ('w', 'wb', 'x', 'xb'):
            return plain_open(path, mode, **kwargs)
        change()
        file = Steps(path, mode)
        change()
        return file if 'b' in mode else io.TextIOWrapper(file, write_through=True)

    def audit(event, arguments):
        if event in ('os.rename', 'os.remove') and str(arguments[0]).startswith(folder):
            change()

    builtins.open = stepwise_open
    sys.addaudithook(audit)


def epoch_of_last(work):
    """Return the epoch of the checkpoint that ``last_checkpoint`` names, or 0.

    The best checkpoint that it knows of must be there too.
    """
    if not (work / 'last_checkpoint').exists():
        return 0
    checkpoint = torch.load((work / 'last_checkpoint').read_text())
    best = checkpoint['message_hub']['runtime_info'].get('best_ckpt')
    if best is not None:
        assert torch.load(best)['state_dict'].keys() == checkpoint['state_dict'].keys()
    return checkpoint['meta']['epoch']


@pytest.mark.parametrize('stride', [9, pytest.param(1, marks=pytest.mark.slow)])
def test_last_checkpoint_is_whole_whenever_the_run_dies(stride, tmp_path):
    epochs, died, step = [], True, 1
    while died:
        work = tmp_path / f'{step}'
        died = in_child(step, work, lambda work=work: train(work))
        epochs.append(epoch_of_last(work))
        if len(epochs) % 4 == 0:  # A resumed run goes on from there.
            assert not in_child(999, work, lambda work=work: train(work, resume=True))
            assert epoch_of_last(work) == EPOCHS
            assert not list(work.glob('*.tmp'))
        step += stride
    assert epochs == sorted(epochs) and set(epochs) == set(range(EPOCHS + 1))
    assert step > 20 * EPOCHS


def test_upstream_hook_leaves_a_broken_one(tmp_path):
    """The repair is needed as long as this test passes."""

    def plain(work):
        upstream()
        train(work, hook='CheckpointHook')

    broken = 0
    for step in range(25, 50, 5):
        work = tmp_path / f'{step}'
        in_child(step, work, lambda work=work: plain(work))
        try:
            epoch_of_last(work)
        except Exception:
            broken += 1
    assert broken, 'fixed upstream?'


def test_full_disk_is_named_and_leaves_the_last_checkpoint(tmp_path, monkeypatch):
    fsync = os.fsync

    def full(descriptor):
        if 'epoch_2.pth' in os.readlink(f'/proc/self/fd/{descriptor}'):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        fsync(descriptor)

    monkeypatch.setattr(os, 'fsync', full)
    monkeypatch.setattr(Runner, '_log_env', Runner._log_env)
    last = tmp_path / 'epoch_1.pth'
    with pytest.raises(
        OSError, match=rf'No space left .* checkpoint is {last}\..*--resume'
    ):
        train(tmp_path)
    assert epoch_of_last(tmp_path) == 1 and not list(tmp_path.glob('*.tmp'))
