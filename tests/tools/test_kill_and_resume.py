"""A run that is killed, again and again, and resumed equals one that was not."""

import re
import signal

import pytest
from commands import (
    CONFIG,
    fault,
    finish,
    last_checkpoint,
    losses,
    options,
    same,
    start,
)
from http_store import serving
from shard_files import motion_shards, without_videos

from projects.xvit.datasets.decoders import DECODERS

pytestmark = pytest.mark.slow

EPOCHS = 5  # of 4 iterations


def train(work, motion, environment=None, **extra):
    extra = {'train_cfg.max_epochs': EPOCHS, **extra}
    resume = ['--resume'] if (work / 'last_checkpoint').exists() else []
    command = ('python', 'tools/train.py', CONFIG, '--work-dir', work, *resume)
    return start(*command, *options(motion, **extra), **(environment or {}))


@pytest.fixture(scope='module')
def whole(motion, tmp_path_factory):
    """The work folder of a run that nothing interrupted."""
    work = tmp_path_factory.mktemp('whole')
    code, output = finish(train(work, motion))
    assert code == 0, output[-4000:]
    return work


def test_run_killed_at_several_points_equals_one_that_was_not(whole, motion, tmp_path):
    """Loss curve, weights and optimizer to the last bit, with other data workers too."""
    work = tmp_path / 'work'

    def last_is(epoch):
        assert (work / 'last_checkpoint').read_text() == f'{work}/epoch_{epoch}.pth'
        assert last_checkpoint(work)['meta']['epoch'] == epoch

    def cut(**arguments):
        return fault('CutCheckpointHook', size=HALF, **arguments)

    # In the middle of the second epoch.
    code, output = finish(train(work, motion, **fault('KillHook', iteration=6)))
    assert code == -signal.SIGKILL, output[-4000:]
    last_is(1)

    # Resumed without data workers or a seed; then in the middle of writing epoch 3's
    # checkpoint, of which half is on the disk.
    alone = {
        'train_dataloader.num_workers': 0,
        'train_dataloader.persistent_workers': False,
        'randomness.seed': None,
    }
    code, output = finish(train(work, motion, **alone, **cut(epoch=3, kills=True)))
    assert code == -signal.SIGXFSZ, output[-4000:]
    assert 'resumed epoch: 1' in output
    (half,) = work.glob('*.tmp')
    assert half.stat().st_size == HALF and half.name.startswith('epoch_3.pth')
    last_is(2)

    # With two workers, started anew in every epoch; then on a full disk.
    anew = {
        'train_dataloader.num_workers': 2,
        'train_dataloader.persistent_workers': False,
    }
    code, output = finish(train(work, motion, **anew, **cut(epoch=4, kills=False)))
    assert code == 1 and 'resumed epoch: 2' in output, output[-4000:]
    message = output.strip().splitlines()[-1]
    assert re.match(r'OSError: \[Errno \d+\] a checkpoint could not be saved in ', message)
    assert (
        str(work) in message and f'last whole checkpoint is {work}/epoch_3.pth' in message
    )
    assert '--resume' in message
    assert not list(work.glob('*.tmp')) and not (work / 'epoch_4.pth').exists()
    last_is(3)

    # A data worker is killed in the fourth epoch.
    code, output = finish(
        train(work, motion, **fault('KillHook', iteration=13, worker=True))
    )
    assert code == 1, output[-4000:]
    assert re.search(
        r'DataLoader worker .*(killed by signal|exited unexpectedly|died)', output
    )
    last_is(3)

    code, output = finish(train(work, motion))
    assert code == 0 and 'resumed epoch: 3' in output, output[-4000:]
    assert_equal(work, whole)


def assert_equal(work, whole):
    assert losses(work) == losses(whole) and len(losses(work)) == 4 * EPOCHS
    one, other = last_checkpoint(work), last_checkpoint(whole)
    assert one['meta']['epoch'] == EPOCHS
    for part in ('state_dict', 'optimizer', 'param_schedulers'):
        assert same(one[part], other[part]), part


@pytest.mark.parametrize('source', ['files', 'shards'])
@pytest.mark.parametrize('decoder', DECODERS)
def test_every_decoder_and_shards_give_the_same_run(
    decoder, source, whole, motion, tmp_path
):
    """Killed in the second epoch and resumed, all equal the whole run bit for bit."""
    environment = dict(XVIT_DECODER=decoder)
    if source == 'shards':
        environment['XVIT_SHARDS'] = str(motion_shards(motion, tmp_path / 'shards'))
        motion = without_videos(motion, tmp_path / 'lists')
    check_killed_run(whole, motion, tmp_path / 'work', environment)


def test_a_store_that_fails_for_a_while_gives_the_same_run(whole, motion, tmp_path):
    pytest.importorskip('aiohttp')
    shards = motion_shards(motion, tmp_path / 'shards')
    motion = without_videos(motion, tmp_path / 'lists')
    with serving(shards) as server:
        server.fault_at = {20: 503, 21: 500, 22: 429, 60: 503, 90: 2.5, 120: 500}
        output = check_killed_run(
            whole, motion, tmp_path / 'work', dict(XVIT_SHARDS=server.url)
        )
    assert not server.fault_at
    assert output.count(' of 7 to read ') >= 5


def check_killed_run(whole, motion, work, environment):
    """Return what both runs printed."""
    code, first = finish(train(work, motion, environment, **fault('KillHook', iteration=6)))
    assert code == -signal.SIGKILL, first[-4000:]
    code, second = finish(train(work, motion, environment))
    assert code == 0 and 'resumed epoch: 1' in second, second[-4000:]
    assert f'{environment.get("XVIT_DECODER", "")} ' in second
    assert_equal(work, whole)
    return first + second


HALF = 140_000  # bytes; a checkpoint here has 280,000
