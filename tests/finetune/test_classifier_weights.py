"""Checkpoints without their classifier."""

import pytest
import torch
from commands import ROOT
from mmengine.config import Config

from projects.xvit.analysis import build_recognizer
from projects.xvit.finetune.weights import classifier_keys, save_weights, without_classifier

CLASSIFIER = ['cls_head.fc_cls.weight', 'cls_head.fc_cls.bias']


@pytest.fixture(scope='module')
def cfg():
    return Config.fromfile(ROOT / 'tests/data/tiny_motion.py')


@pytest.fixture
def checkpoint(cfg, tmp_path):
    path = tmp_path / 'model.pth'
    save_weights(build_recognizer(cfg).state_dict(), path)
    return path


@pytest.mark.parametrize('name', ['xvit_motion', 'tps_motion', 'laps_visformer_motion'])
def test_the_classifier_is_what_depends_on_the_number_of_classes(name):
    cfg = Config.fromfile(ROOT / f'configs/{name}.py')
    assert classifier_keys(cfg) == CLASSIFIER


def test_everything_else_is_kept(cfg, checkpoint, tmp_path):
    kept, left_out, fresh = without_classifier(str(checkpoint), cfg)
    assert left_out == fresh == CLASSIFIER
    save_weights(kept, tmp_path / 'weights.pth')
    loaded = torch.load(tmp_path / 'weights.pth')['state_dict']
    state = torch.load(checkpoint)['state_dict']
    assert loaded.keys() == state.keys() - set(CLASSIFIER)
    assert all(torch.equal(value, state[key]) for key, value in loaded.items())


def test_a_checkpoint_of_another_model_is_refused(checkpoint):
    other = Config.fromfile(ROOT / 'configs/tps_motion.py')
    with pytest.raises(ValueError, match=r'lacks \d+ parameters of the backbone'):
        without_classifier(str(checkpoint), other)


def test_no_checkpoint_is_refused(cfg, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'none\.pth does not exist'):
        without_classifier(str(tmp_path / 'none.pth'), cfg)
