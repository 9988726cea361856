"""Many processes compute what one does, and a process that dies hangs nobody."""

import pytest
import torch
from commands import (
    CONFIG,
    ROOT,
    fault,
    finish,
    free_port,
    last_checkpoint,
    losses,
    options,
    same,
    start,
)
from mmengine.config import Config
from mmengine.fileio import load
from shard_files import motion_shards, without_videos

pytestmark = pytest.mark.slow

# Nothing that each process draws for itself, and no step between gradient and weights.
PLAIN = {
    'model.backbone.drop_rate': 0,
    'model.backbone.drop_path_rate': 0,
    'model.cls_head.dropout_ratio': 0,
    'optim_wrapper.optimizer.type': 'SGD',
    'optim_wrapper.optimizer.momentum': 0.9,
    'optim_wrapper.optimizer.weight_decay': 0,
    'optim_wrapper.clip_grad': None,
    'train_cfg.val_interval': 99,
}
VIDEOS = 32


def succeed(script, config, nodes, processes, *arguments):
    """Run ``tools/train.py`` or ``test.py`` by some processes on each of some nodes."""
    if nodes * processes == 1:
        runs = [start('python', f'tools/{script}.py', *config, *arguments)]
    else:
        shell = ('bash', f'tools/dist_{script}.sh', *config, processes, *arguments)
        port = str(free_port())
        runs = [
            start(*shell, NNODES=str(nodes), NODE_RANK=str(node), PORT=port)
            for node in range(nodes)
        ]
    for code, output in map(finish, runs):
        assert code == 0, output[-4000:]


@pytest.fixture(scope='module')
def gradients(motion, tmp_path_factory):
    """Work folders of one step on all videos, by the number of nodes and of processes."""
    works = {}
    for nodes, processes in SIZES:
        work = tmp_path_factory.mktemp(f'{nodes}x{processes}')
        extra = PLAIN | {
            'train_dataloader.batch_size': VIDEOS // (nodes * processes),
            'train_cfg.max_epochs': 1,
        }
        arguments = ('--work-dir', work, *options(motion, **extra))
        succeed('train', [CONFIG], nodes, processes, *arguments)
        works[nodes, processes] = work
    return works


SIZES = [(1, 1), (1, 2), (2, 2)]


def gradient(work):
    """All parameters' in a row: the momentum after the first step is the gradient."""
    state = last_checkpoint(work)['optimizer']['state']
    return torch.cat([value['momentum_buffer'].flatten() for value in state.values()])


def test_gradients_equal_those_of_one_process(gradients):
    alone = gradient(gradients[1, 1])
    for size in SIZES[1:]:
        difference = (gradient(gradients[size]) - alone).norm() / alone.norm()
        assert 0 <= difference < 1e-6, size
    assert alone.norm() > 0.1


def test_scores_equal_those_of_one_process_on_videos_that_do_not_divide(
    gradients, motion, tmp_path
):
    few = tmp_path / 'few.txt'
    few.write_text(''.join((motion / 'val.txt').open().readlines()[:15]))
    extra = {'test_dataloader.dataset.ann_file': few, 'test_dataloader.batch_size': 2}
    checkpoint = gradients[1, 1] / 'epoch_1.pth'
    results = {}
    for nodes, processes in SIZES:
        dump = tmp_path / f'{nodes}x{processes}.pkl'
        arguments = ('--work-dir', tmp_path / 'work', '--dump', dump)
        arguments += tuple(options(motion, **extra))
        succeed('test', [CONFIG, checkpoint], nodes, processes, *arguments)
        results[nodes, processes] = load(dump)
    alone = results.pop((1, 1))
    assert len(alone) == 15
    for size, videos in results.items():
        assert len(videos) == 15, size
        for one, other in zip(videos, alone):
            assert torch.equal(one['gt_label'], other['gt_label'])
            torch.testing.assert_close(one['pred_score'], other['pred_score'])


def test_fsdp_trains_and_resumes_as_one_process_does(motion, tmp_path):
    """With the settings of configs/xvit_motion_fsdp.py."""
    config = Config.fromfile(ROOT / 'configs/xvit_motion_fsdp.py')
    fsdp = {'runner_type': config.runner_type}
    for key, value in config.strategy.items():
        inner = value.items() if isinstance(value, dict) else [('', value)]
        fsdp |= {f'strategy.{key}.{name}'.rstrip('.'): each for name, each in inner}

    def train(work, processes, epochs, **extra):
        extra |= PLAIN | {
            'train_dataloader.batch_size': 8 // processes,
            'train_cfg.max_epochs': epochs,
            'param_scheduler': None,  # It would follow from the number of epochs.
        }
        resume = ['--resume'] if (work / 'last_checkpoint').exists() else []
        arguments = ('--work-dir', work, *resume, *options(motion, **extra))
        succeed('train', [CONFIG], 1, processes, *arguments)

    sharded, alone = tmp_path / 'sharded', tmp_path / 'alone'
    train(alone, 1, 2)
    train(sharded, 2, 1, **fsdp)
    train(sharded, 2, 2, **fsdp)
    one, other = last_checkpoint(sharded), last_checkpoint(alone)
    for key in ('epoch', 'iter'):
        assert one['meta'][key] == other['meta'][key], key
    assert one['state_dict'].keys() == other['state_dict'].keys()
    for name, weight in one['state_dict'].items():
        torch.testing.assert_close(weight, other['state_dict'][name], rtol=1e-5, atol=1e-6)


def train_two(work, motion, *arguments, environment=None, **extra):
    extra = {'train_dataloader.batch_size': 4, 'train_cfg.max_epochs': 4} | extra
    arguments = (CONFIG, 2, '--work-dir', work, *arguments, *options(motion, **extra))
    return start('bash', 'tools/dist_train.sh', *arguments, **(environment or {}))


@pytest.fixture(scope='module')
def whole_of_two(motion, tmp_path_factory):
    """The work folder of a run of two processes that nothing interrupted."""
    work = tmp_path_factory.mktemp('whole')
    code, output = finish(train_two(work, motion))
    assert code == 0, output[-4000:]
    return work


def assert_equal(work, whole):
    assert losses(work) == losses(whole) and len(losses(work)) == 16
    one, other = last_checkpoint(work), last_checkpoint(whole)
    assert same(one['state_dict'], other['state_dict'])
    assert same(one['optimizer'], other['optimizer'])


def test_two_processes_from_shards_equal_two_from_files(whole_of_two, motion, tmp_path):
    """Also if one of them dies and the run is resumed."""
    shards = motion_shards(motion, tmp_path / 'shards')
    motion = without_videos(motion, tmp_path / 'lists')
    work, environment = tmp_path / 'work', dict(XVIT_SHARDS=str(shards))
    death = fault('KillHook', iteration=6, rank=1)
    code, output = finish(train_two(work, motion, environment=environment, **death))
    assert code == 1 and 'Signal 9 (SIGKILL)' in output, output[-4000:]
    code, output = finish(train_two(work, motion, '--resume', environment=environment))
    assert code == 0 and 'resumed epoch: 1' in output, output[-4000:]
    assert_equal(work, whole_of_two)


def test_process_that_dies_ends_the_run_and_restarts_recover_it(
    whole_of_two, motion, tmp_path
):
    work = tmp_path / 'work'
    code, output = finish(
        train_two(work, motion, **fault('KillHook', iteration=6, rank=1)), timeout=120
    )
    assert code == 1, output[-4000:]
    assert 'Signal 9 (SIGKILL)' in output and 'local_rank: 1' in output
    assert last_checkpoint(work)['meta']['epoch'] == 1

    # Once more, in the third epoch, and now torchrun starts both processes anew.
    code, output = finish(
        train_two(
            work,
            motion,
            '--resume',
            environment=dict(MAX_RESTARTS='1'),
            **fault('KillHook', iteration=10, rank=1),
        )
    )
    assert code == 0, output[-4000:]
    assert 'resumed epoch: 1' in output and 'resumed epoch: 2' in output
    assert_equal(work, whole_of_two)
