"""Each repair of an upstream defect, with a test that fails where it is left out.

The defects are shown in fresh processes: this one has the repairs already.
"""

import multiprocessing
import pickle
import shutil
import subprocess
import sys
import textwrap
import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.analysis import FlopAnalyzer
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader
from torch import nn

from projects.xvit import compat


def python(code):
    """Run code in a fresh interpreter; its return code and what it printed."""
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(code)], capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def test_mmaction_models_import_only_with_the_repair():
    code, output = python('import mmaction.models')
    assert code != 0 and 'mmaction.models.localizers.drn' in output, 'mended upstream?'
    code, output = python("""
        import projects.xvit
        from mmaction.utils import register_all_modules
        register_all_modules()
        from mmaction.registry import MODELS
        assert MODELS.get('XViT') and MODELS.get('TemporalAttentionHead')
    """)
    assert code == 0, output


def test_missing_mmcv_says_what_to_install():
    code, output = python("""
        import importlib.util
        find = importlib.util.find_spec
        importlib.util.find_spec = lambda name: None if name == 'mmcv' else find(name)
        import projects.xvit
    """)
    assert code != 0 and "pip install 'mmaction2-xvit[lite]'" in output


def test_missing_localizer_says_so():
    from mmaction.models.localizers import DRN

    with pytest.raises(NotImplementedError, match='from source'):
        DRN()


def test_applying_twice_changes_nothing():
    from mmaction.models import Recognizer3D
    from mmengine.dist import utils
    from mmengine.model import MMDistributedDataParallel

    def state():
        return (
            Recognizer3D.extract_feat,
            utils._init_dist_pytorch,
            MMDistributedDataParallel.__init__,
            dict(CheckpointLoader._schemes),
        )

    before = state()
    compat.apply()
    assert state() == before


def mmengine_checkpoint():
    """What mmengine's Runner saves beside the weights."""
    history = HistoryBuffer()
    history.update(0.5)
    message_hub = dict(
        log_scalars=dict(loss=history),
        runtime_info=dict(lr=np.float64(0.1), iter=np.int64(3), flag=np.bool_(True)),
    )
    return dict(state_dict=dict(w=torch.ones(2)), message_hub=message_hub)


def test_mmengines_checkpoints_load_without_turning_the_check_off(tmp_path):
    path = tmp_path / 'epoch_1.pth'
    torch.save(mmengine_checkpoint(), path)
    code, output = python(f'import torch; torch.load({str(path)!r})')
    assert code != 0 and 'HistoryBuffer' in output, 'mended upstream?'
    checkpoint = torch.load(path)
    assert checkpoint['message_hub']['log_scalars']['loss'].current() == 0.5
    assert checkpoint['message_hub']['runtime_info']['lr'] == 0.1


class Getattr:
    """Reaches beyond a log history's own methods."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, '__init__')


def test_allowed_getattr_finds_only_statistics(tmp_path):
    torch.save(Getattr(), tmp_path / 'getattr.pth')
    with pytest.raises(pickle.UnpicklingError, match='not allowed'):
        torch.load(tmp_path / 'getattr.pth')


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
    """mmengine's HTTP loader reaches torch.load with the check on."""
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


@pytest.mark.skipif(torch.cuda.is_available(), reason='needs a machine without GPUs')
def test_launchers_use_gloo_without_gpus():
    launch = """
        import os
        os.environ.update(RANK='0', LOCAL_RANK='0', WORLD_SIZE='1',
                          MASTER_ADDR='127.0.0.1', MASTER_PORT='0')
        {repair}
        import torch
        from mmengine.dist import init_dist, get_backend
        init_dist('pytorch', backend='nccl')
        assert get_backend() == 'gloo'
        from mmengine.model import MMDistributedDataParallel
        model = MMDistributedDataParallel(torch.nn.Linear(2, 2), device_ids=[0])
        model(torch.ones(1, 2)).sum().backward()
        assert model.module.weight.grad is not None
    """
    code, output = python(launch.format(repair=''))
    assert code != 0, 'mended upstream?'
    code, output = python(launch.format(repair='import projects.xvit'))
    assert code == 0, output


class Attention(nn.Module):
    def forward(self, q, k, v):
        return nn.functional.scaled_dot_product_attention(q, k, v)


def test_fused_attention_is_counted():
    q, k, v = torch.zeros(2, 3, 5, 8), torch.zeros(2, 3, 7, 8), torch.zeros(2, 3, 7, 4)
    products = 2 * 3 * 5 * 7 * 8 + 2 * 3 * 5 * 7 * 4  # q k^T, and its product with v
    assert FlopAnalyzer(Attention(), (q, k, v)).total() == products


def test_max_testing_views_takes_batches_only_with_the_repair():
    from mmaction.models import Recognizer3D

    model = SimpleNamespace(
        test_cfg=dict(max_testing_views=4),
        backbone=lambda x: x.mul(2),
        with_neck=False,
    )
    views = torch.arange(30.0).view(5, 6, 1)
    with pytest.raises(AssertionError, match='batch_size == 1'):
        upstream = Recognizer3D.extract_feat.__wrapped__  # none: mended upstream?
        upstream(model, views, test_mode=True)
    features, _ = Recognizer3D.extract_feat(model, views, test_mode=True)
    assert torch.equal(features, views.flatten(0, 1) * 2)


@pytest.mark.parametrize('error', [ConnectionResetError, EOFError, FileNotFoundError])
def test_data_worker_killed_while_it_hands_over_is_named(error):
    def hand_over(iterator):
        iterator._workers[0].kill()
        raise error

    worker = multiprocessing.get_context('fork').Process(target=time.sleep, args=(60,))
    worker.start()
    iterator = SimpleNamespace(_workers=[worker])
    with pytest.raises(RuntimeError, match=rf'DataLoader worker \(pid\(s\) {worker.pid}\)'):
        compat.processes._explain_dead_worker(hand_over)(iterator)
    worker.join()
