"""A probe by the commands: cached, killed, by two processes, trained, tested and merged."""

import signal

import numpy as np
import pytest
import timm
import torch
from commands import fault, finish, last_checkpoint, run, start
from mmengine.fileio import load

pytestmark = pytest.mark.slow

CONFIG = 'tests/data/tiny_probe_motion.py'
HOST = 'model.backbone.backbone'


@pytest.fixture(scope='module')
def weights(tmp_path_factory):
    """``--cfg-options`` for a host whose weights are in a file."""
    path = tmp_path_factory.mktemp('host') / 'image.pth'
    small = dict(img_size=32, patch_size=16, embed_dim=16, depth=2, num_heads=2)
    image = timm.create_model('vit_small_patch16_dinov3', num_classes=0, **small)
    torch.save(image.state_dict(), path)
    return {f'{HOST}.init_cfg.type': 'Pretrained', f'{HOST}.init_cfg.checkpoint': path}


def options(motion, cache, **extra):
    values = {'test_dataloader.dataset.data_root': motion, 'train_cfg.max_epochs': 2}
    for split in ('train', 'val'):
        values[f'{split}_dataloader.dataset.dataset.data_root'] = motion
        values[f'{split}_dataloader.dataset.folder'] = cache
    return ['--cfg-options', *(f'{k}={v}' for k, v in (values | extra).items())]


def train(work, *arguments):
    return start('python', 'tools/train.py', CONFIG, '--work-dir', work, *arguments)


def arrays(cache):
    return {str(p.relative_to(cache)): np.load(p) for p in cache.rglob('*.npy')}


@pytest.fixture(scope='module')
def whole(motion, weights, tmp_path_factory):
    """The work folder and the cache of a run that nothing interrupted."""
    work = tmp_path_factory.mktemp('whole')
    code, output = finish(train(work, *options(motion, work / 'cache', **weights)))
    assert code == 0, output[-4000:]
    return work


def test_killed_caching_goes_on(whole, motion, weights, tmp_path):
    cache = tmp_path / 'cache'
    killed = weights | fault('KillCachingHook', files=11)
    code, output = finish(train(tmp_path, *options(motion, cache, **killed)))
    assert code == -signal.SIGKILL, output[-4000:]
    before = {path: path.stat().st_mtime_ns for path in cache.rglob('*.npy')}
    assert len(before) == 11
    code, output = finish(train(tmp_path, *options(motion, cache, **weights)))
    assert code == 0 and '21 of 32 to compute' in output, output[-4000:]
    assert before == {path: path.stat().st_mtime_ns for path in before}
    one, other = arrays(cache), arrays(whole / 'cache')
    assert one.keys() == other.keys() and len(one) == 48
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=1e-6)


def test_two_processes_share_the_work(whole, motion, weights, tmp_path):
    cache = tmp_path / 'cache'
    command = ('bash', 'tools/dist_train.sh', CONFIG, 2, '--work-dir', tmp_path)
    code, output = finish(start(*command, *options(motion, cache, **weights)))
    assert code == 0 and '16 of 16 to compute' in output, output[-4000:]
    one, other = arrays(cache), arrays(whole / 'cache')
    assert one.keys() == other.keys()
    for name in one:
        np.testing.assert_allclose(one[name], other[name], rtol=1e-5, atol=1e-6)


def test_tested_on_videos_and_merged_it_scores_the_same(whole, tmp_path, tool):
    """As a frozen host with a head, and as a plain host with a head."""
    checkpoint = (whole / 'last_checkpoint').read_text()
    assert not any('blocks' in key for key in last_checkpoint(whole)['state_dict'])
    config = whole / 'tiny_probe_motion.py'  # With the options of the command line.
    merged = tmp_path / 'merged.pth'
    code, output = tool('merge_adapters', config, checkpoint, merged)
    assert code == 0, output

    def scores(config, weights):
        dump = tmp_path / 'scores.pkl'
        arguments = ('--work-dir', tmp_path / 'work', '--dump', dump)
        run('python', 'tools/test.py', config, weights, *arguments)
        return torch.stack([sample['pred_score'] for sample in load(dump)])

    expected = scores(config, checkpoint)
    assert expected.shape == (16, 8)
    got = scores(merged.with_suffix('.py'), merged)
    torch.testing.assert_close(got, expected, rtol=1e-5, atol=1e-6)
