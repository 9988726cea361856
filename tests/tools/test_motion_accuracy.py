"""What the toy models are for: motion is learnt by seeing other frames, and only so."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CHANCE = 1 / 8


def run(*command):
    command = [sys.executable, *map(str, command)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.fixture(scope='module')
def whole_motion(tmp_path_factory):
    """The data set at its default size, as the quickstart renders it."""
    root = tmp_path_factory.mktemp('data') / 'motion'
    run('tools/data/make_motion_dataset.py', root)
    return root


def accuracy(name, root, work):
    """Top-1 on 2 x 3 views after the config's own training."""
    data = [
        f'{split}_dataloader.dataset.data_root={root}' for split in ('train', 'val', 'test')
    ]
    common = (f'configs/{name}.py', '--work-dir', work, '--cfg-options', *data)
    run('tools/train.py', *common)
    last = (work / 'last_checkpoint').read_text()
    tested = run('tools/test.py', common[0], last, *common[1:])
    return float(re.findall(r'acc/top1: ([\d.]+)', tested)[-1])


@pytest.mark.slow
@pytest.mark.parametrize(
    'name',
    [
        'xvit_motion',
        *(
            pytest.param(name, marks=pytest.mark.training)
            for name in (
                'laps_motion',
                'laps_visformer_motion',
                'tps_motion',
                'tps_vit_motion',
                'lora_clip_motion',
                'lora_dinov2_motion',
                'lora_dinov3_motion',
                'lora_siglip2_motion',
            )
        ),
    ],
)
def test_motion_is_learnt(name, whole_motion, tmp_path):
    assert accuracy(name, whole_motion, tmp_path) > 0.9


@pytest.mark.slow
@pytest.mark.training
def test_motion_is_learnt_across_the_heads(whole_motion, tmp_path):
    """As X-ViT's authors cut the channels, which at this size takes 30 epochs."""
    assert accuracy('xvit_motion_across_heads', whole_motion, tmp_path) > 0.6


@pytest.mark.slow
@pytest.mark.parametrize(
    'name',
    [
        'xvit_motion_window0',
        pytest.param('lora_dinov3_motion_still', marks=pytest.mark.training),
    ],
)
def test_frames_alone_do_not_tell_the_motion(name, whole_motion, tmp_path):
    assert abs(accuracy(name, whole_motion, tmp_path) - CHANCE) < 0.1


@pytest.mark.slow
@pytest.mark.training
def test_a_causal_model_finds_a_change_within_eight_frames(tmp_path):
    root, name = tmp_path / 'untrimmed', 'xvit_causal_motion'
    run('tools/data/make_motion_dataset.py', root, '--untrimmed')
    data = [
        f'{split}_dataloader.dataset.data_root={root}' for split in ('train', 'val', 'test')
    ]
    common = (f'configs/{name}.py', '--cfg-options', *data)
    run('tools/train.py', *common, '--work-dir', tmp_path / 'work')
    last = (tmp_path / 'work/last_checkpoint').read_text()
    tested = run('tools/test_stream.py', common[0], last, *common[1:])
    assert float(re.findall(r'([\d.]+) % found within 8 frames', tested)[0]) > 90
