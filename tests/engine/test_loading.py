"""Checkpoints are refused by name, whether they are local or downloaded."""

import pickle
import shutil

import pytest
import torch
from mmengine.runner.checkpoint import CheckpointLoader


class Foreign:
    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), 'w')


@pytest.mark.parametrize('zipped', [True, False])
def test_foreign_class_is_refused_by_name_and_runs_nothing(tmp_path, zipped):
    path, trace = tmp_path / 'foreign.pth', tmp_path / 'trace'
    torch.save(
        dict(state_dict={}, extra=Foreign(trace)),
        path,
        _use_new_zipfile_serialization=zipped,
    )
    with pytest.raises(pickle.UnpicklingError) as error:
        CheckpointLoader.load_checkpoint(str(path))
    message = str(error.value)
    assert 'foreign.pth was refused' in message
    assert 'open' in message and 'add_safe_globals' in message
    assert 'weights_only=False' not in message
    assert not trace.exists()


@pytest.mark.parametrize('content', [b'', b'PK\x03\x04 and no more', b'plain text'])
def test_broken_checkpoint_is_named(tmp_path, content):
    path = tmp_path / 'broken.pth'
    path.write_bytes(content)
    with pytest.raises((RuntimeError, pickle.UnpicklingError), match=r'broken\.pth'):
        CheckpointLoader.load_checkpoint(str(path))


def test_truncated_checkpoint_is_named(tmp_path):
    path = tmp_path / 'truncated.pth'
    torch.save(dict(state_dict=dict(w=torch.randn(1000))), path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(RuntimeError, match=r'truncated\.pth cannot be read'):
        CheckpointLoader.load_checkpoint(str(path))


def test_downloads_are_loaded_as_safely(monkeypatch, tmp_path):
    """MMEngine's HTTP loader calls torch.load with the check on."""
    path = tmp_path / 'foreign.pth'
    torch.save(dict(extra=Foreign(tmp_path / 'trace')), path)
    monkeypatch.setattr(
        torch.hub,
        'download_url_to_file',
        lambda url, dst, *_, **__: shutil.copy(path, dst),
    )
    monkeypatch.setenv('TORCH_HOME', str(tmp_path / 'home'))
    with pytest.raises(pickle.UnpicklingError):
        CheckpointLoader.load_checkpoint('https://example.com/foreign.pth')
    assert not (tmp_path / 'trace').exists()
