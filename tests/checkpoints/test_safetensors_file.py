import pytest
import torch
from mmengine.runner import load_checkpoint
from torch import nn

from projects.xvit.checkpoints.read import read_checkpoint
from projects.xvit.checkpoints.safetensors_file import load_safetensors, save_safetensors


@pytest.fixture
def module():
    return nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))


def test_mmengine_loads_what_was_saved(module, tmp_path):
    path = tmp_path / 'weights.safetensors'
    meta = dict(cfg='model = 1\n', dataset_meta=dict(classes=['über', 'b']))
    save_safetensors(path, module.state_dict(), meta)
    other = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    loaded = load_checkpoint(other, str(path), map_location='cpu', strict=True)
    assert loaded['meta'] == meta
    for key, value in module.state_dict().items():
        assert torch.equal(other.state_dict()[key], value)


def test_same_weights_same_bytes(module, tmp_path):
    path, contents = tmp_path / 'w.safetensors', set()
    for _ in range(20):
        save_safetensors(path, module.state_dict(), dict(cfg='x'))
        contents.add(path.read_bytes())
    assert len(contents) == 1


def test_views_and_shared_tensors_can_be_saved(tmp_path):
    base = torch.arange(6.0).view(2, 3)
    save_safetensors(tmp_path / 'w.safetensors', dict(a=base, b=base, c=base.T), {})
    loaded = load_safetensors(tmp_path / 'w.safetensors')['state_dict']
    assert torch.equal(loaded['b'], base) and torch.equal(loaded['c'], base.T)


@pytest.mark.parametrize('keep', [0, 5, -4])
def test_truncated_file_is_named(keep, module, tmp_path):
    path = tmp_path / 'w.safetensors'
    save_safetensors(path, module.state_dict(), {})
    path.write_bytes(path.read_bytes()[:keep])
    for load in (read_checkpoint, lambda p: load_checkpoint(module, str(p))):
        with pytest.raises(ValueError, match=r'w\.safetensors is truncated or no'):
            load(path)


def test_missing_file_is_named(module, tmp_path):
    with pytest.raises(FileNotFoundError, match=r'w\.safetensors'):
        load_checkpoint(module, str(tmp_path / 'w.safetensors'))
