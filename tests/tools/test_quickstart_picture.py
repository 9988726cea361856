"""The quickstart's picture, from a work folder of untrained models."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config
from mmengine.registry import MODELS, init_default_scope

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import quickstart  # noqa: E402
import quickstart_picture as picture  # noqa: E402


@pytest.fixture(scope='module')
def models():
    init_default_scope('mmaction')
    configs = [Config.fromfile(ROOT / f'configs/{name}.py') for name in quickstart.MODELS]
    return [MODELS.build(config.model).eval() for config in configs], configs[0]


def test_the_configs_train_as_long_as_the_quickstart_expects(models):
    assert models[1].train_cfg.max_epochs == quickstart.EPOCHS


def write_scores(folder, **accuracies):
    folder.mkdir(parents=True)
    lines = [{'loss': 1.5, 'step': 20, 'epoch': 1}]
    lines += [
        {'acc/top1': value, 'step': int(epoch[1:])} for epoch, value in accuracies.items()
    ]
    (folder / 'scalars.json').write_text(''.join(json.dumps(line) + '\n' for line in lines))


def test_only_the_model_that_sees_other_frames_tells_a_clip_from_its_reverse(
    models, motion
):
    (xvit, per_frame), config = models
    forward, backward = picture.both_ways(config, motion / 'val/00000.mp4')
    assert torch.equal(forward['inputs'].flip(2), backward['inputs'])
    assert forward['inputs'].shape == (6, 3, 8, 64, 64)
    one, other = (picture.probabilities(per_frame, clip) for clip in (forward, backward))
    torch.testing.assert_close(one, other)
    assert one.sum().item() == pytest.approx(1)
    one, other = (picture.probabilities(xvit, clip) for clip in (forward, backward))
    assert not torch.allclose(one, other)


def test_accuracies_come_from_all_runs_the_resumed_one_last(tmp_path):
    write_scores(tmp_path / '20260102/vis_data', e4=0.8, e6=0.9)
    write_scores(tmp_path / '20260101/vis_data', e2=0.5, e4=0.7)
    assert picture.accuracies(tmp_path) == {2: 0.5, 4: 0.8, 6: 0.9}


def test_the_picture_is_drawn(models, motion, tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/motion').symlink_to(motion)
    for name, model in zip(quickstart.MODELS, models[0]):
        work = tmp_path / quickstart.WORK / name
        write_scores(work / '20260101/vis_data', e2=0.5, e4=0.7)
        torch.save(dict(state_dict=model.state_dict(), meta={}), work / 'epoch_4.pth')
        (work / 'last_checkpoint').write_text(f'{quickstart.WORK / name}/epoch_4.pth')
    script = ROOT / 'tools/quickstart_picture.py'
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / quickstart.PICTURE).read_bytes().startswith(b'\x89PNG')
    assert not list(tmp_path.rglob('part-*'))
