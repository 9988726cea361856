"""Checkpoints that would run code: refused by every command that opens one, and not run.

Each payload, if it ran, would leave a file.
"""

import functools
import operator
import os
import pickle
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from mmengine.logging import HistoryBuffer
from mmengine.runner.checkpoint import CheckpointLoader

from projects.xvit.checkpoints import CONVERTERS
from projects.xvit.checkpoints.read import read_checkpoint

ROOT = Path(__file__).parents[1]
CONFIG = 'configs/xvit_motion.py'


class Calls:
    """Pickled as the call of a function."""

    def __init__(self, function, *args, state=None):
        self.call = (function, args) if state is None else (function, args, state)

    def __reduce__(self):
        return self.call


def shell(trace):
    return f'echo ran > {trace}'


class Module:
    """Pickled as a module, which pickle itself would not write."""

    def __init__(self, name):
        self.name = name

    def __reduce__(self):
        return __import__, (self.name,)


def history(**attributes):
    """A log history as mmengine pickles it, with other attributes."""
    buffer = HistoryBuffer([1.0], [1])
    buffer.__dict__.update(attributes)
    return buffer


def in_an_array(value):
    array = np.empty(1, dtype=object)
    array[0] = value
    return array


PAYLOADS = {
    'os.system': lambda trace: Calls(os.system, shell(trace)),
    'open': lambda trace: Calls(open, str(trace), 'w'),
    'eval': lambda trace: Calls(eval, f'open({str(trace)!r}, "w")'),
    'exec': lambda trace: Calls(exec, f'open({str(trace)!r}, "w")'),
    'subprocess': lambda trace: Calls(subprocess.Popen, ['touch', str(trace)]),
    'module by import': lambda trace: Calls(operator.methodcaller('touch'), trace),
    'attrgetter': lambda trace: Calls(operator.attrgetter('system'), Module('os')),
    'getattr of a module': lambda trace: Calls(getattr, Module('os'), 'system'),
    'getattr of a history': lambda trace: Calls(getattr, HistoryBuffer, '__init__'),
    'getattr of its globals': lambda trace: Calls(
        getattr, HistoryBuffer.mean, '__globals__'
    ),
    'partial': lambda trace: functools.partial(os.system, shell(trace)),
    'in a history': lambda trace: history(_log_history=Calls(os.system, shell(trace))),
    'in a numpy array': lambda trace: in_an_array(Calls(os.system, shell(trace))),
    'state of a history': lambda trace: Calls(
        HistoryBuffer, state=Calls(os.system, shell(trace))
    ),
    'torch.load': lambda trace: Calls(torch.load, str(trace)),
    'torch.hub': lambda trace: Calls(torch.hub.load, str(trace.parent), 'model'),
}
# Where in a checkpoint: mmengine's places, the authors', or the file itself.
PLACES = {
    'message_hub': lambda payload: dict(
        state_dict=dict(w=torch.ones(2)), message_hub=dict(log_scalars=payload)
    ),
    'meta': lambda payload: dict(meta=payload, state_dict=dict(w=torch.ones(2))),
    'optimizer': lambda payload: dict(state_dict={}, optimizer=dict(state=payload)),
    'weights': lambda payload: dict(state_dict=dict(w=payload)),
    'model_state': lambda payload: dict(model_state=dict(w=payload), cfg=''),
    'file': lambda payload: payload,
}


def write(path, content, format='zip'):
    if format == 'pickle':
        path.write_bytes(pickle.dumps(content))
    else:
        torch.save(content, path, _use_new_zipfile_serialization=format == 'zip')
    return path


def readers(path):
    """Ours, and mmengine's that load_from, resume and init_cfg go through."""
    return (
        functools.partial(read_checkpoint, path),
        functools.partial(CheckpointLoader.load_checkpoint, str(path)),
    )


def test_payloads_run_where_nothing_stops_them(tmp_path):
    """Or the tests below would show nothing."""
    for kind in ('os.system', 'open', 'eval', 'exec', 'in a history', 'in a numpy array'):
        trace = tmp_path / kind.replace(' ', '-')
        path = write(tmp_path / 'x.pth', PLACES['meta'](PAYLOADS[kind](trace)))
        torch.load(path, weights_only=False)
        assert trace.exists(), kind


@pytest.mark.parametrize('suffix', ['.pth', '.pyth'])
@pytest.mark.parametrize('format', ['zip', 'legacy', 'pickle'])
@pytest.mark.parametrize('kind', PAYLOADS)
def test_no_payload_runs(kind, format, suffix, tmp_path):
    trace = tmp_path / 'trace'
    path = write(
        tmp_path / f'epoch_1{suffix}', PLACES['message_hub'](PAYLOADS[kind](trace)), format
    )
    for read in readers(path):
        with pytest.raises((pickle.UnpicklingError, ValueError, RuntimeError)) as error:
            read()
        message = str(error.value)
        assert str(path) in message and 'weights_only=False' not in message
    assert not trace.exists()


@pytest.mark.parametrize('place', PLACES)
def test_no_place_hides_a_payload(place, tmp_path):
    trace = tmp_path / 'trace'
    path = write(tmp_path / 'x.pth', PLACES[place](PAYLOADS['os.system'](trace)))
    for read in readers(path):
        with pytest.raises((pickle.UnpicklingError, ValueError), match=r'refused.*system'):
            read()
    assert not trace.exists()


def test_a_pickle_in_the_name_of_safetensors_is_refused(tmp_path):
    trace = tmp_path / 'trace'
    path = write(tmp_path / 'x.safetensors', PLACES['meta'](PAYLOADS['open'](trace)))
    for read in readers(path):
        with pytest.raises(ValueError, match='no safetensors file'):
            read()
    assert not trace.exists()


class Scripted(torch.nn.Module):
    def forward(self, x):
        return x


def test_a_torchscript_archive_is_refused(tmp_path):
    path = tmp_path / 'x.pth'
    torch.jit.script(Scripted()).save(path)
    for read in readers(path):
        with pytest.raises((RuntimeError, ValueError), match=r'x\.pth'):
            read()


@pytest.fixture
def evil(tmp_path):
    """A checkpoint as the toy training writes it, but for what its log history does."""
    trace = tmp_path / 'trace'
    payload = dict(log_scalars=dict(loss=history(x=Calls(os.system, shell(trace)))))
    content = dict(
        meta=dict(epoch=1, iter=1),
        state_dict=dict(w=torch.ones(2)),
        message_hub=payload,
    )
    yield write(tmp_path / 'evil.pth', content)
    assert not trace.exists()


def refused(code, output, path):
    assert code != 0, output[-2000:]
    assert f'{path} was refused: loading it would run code of' in output, output[-2000:]
    assert 'weights_only=False' not in output


COMMANDS = {
    **{
        f'convert {source}': ('convert_checkpoint', source, 'EVIL', 'OUT')
        for source in sorted(CONVERTERS)
    },
    'verify': ('verify_checkpoint', CONFIG, 'EVIL'),
    'publish': ('publish_model', CONFIG, 'EVIL', 'OUT'),
}


@pytest.mark.parametrize('command', COMMANDS)
def test_commands_on_files_refuse(command, evil, tool, tmp_path):
    out = tmp_path / 'new/out.pth'
    words = {'EVIL': evil, 'OUT': out}
    code, output = tool(*(words.get(word, word) for word in COMMANDS[command]))
    refused(code, output, evil)
    assert not out.parent.exists()


def test_inference_refuses(evil, tmp_path):
    from mmaction.apis import init_recognizer
    from mmaction.apis.inferencers import MMAction2Inferencer

    config = str(ROOT / CONFIG)
    for load in (
        functools.partial(init_recognizer, config, str(evil), 'cpu'),
        functools.partial(
            MMAction2Inferencer, rec=config, rec_weights=str(evil), device='cpu'
        ),
    ):
        with pytest.raises(pickle.UnpicklingError, match=r'evil\.pth was refused'):
            load()


REAL = {
    'load_from': ('tools/train.py', CONFIG, '--cfg-options', 'load_from=EVIL'),
    'resume': ('tools/train.py', CONFIG, '--resume', 'EVIL'),
    'auto-resume': ('tools/train.py', CONFIG, '--resume'),
    'init_cfg': (
        'tools/train.py',
        CONFIG,
        '--cfg-options',
        'model.backbone.init_cfg.type=Pretrained',
        'model.backbone.init_cfg.checkpoint=EVIL',
    ),
    'test': ('tools/test.py', CONFIG, 'EVIL'),
    'predict': ('tools/predict.py', CONFIG, 'EVIL', 'VIDEO', '--device', 'cpu'),
    "mmaction2's publish_model": (
        *('-m', 'projects.xvit'),
        'deployment/publish_model.py',
        'EVIL',
        'OUT',
    ),
}


SPLITS = ('train', 'val', 'test')


@pytest.mark.slow
@pytest.mark.parametrize('command', REAL)
def test_real_commands_refuse(command, evil, motion, tmp_path):
    work = tmp_path / 'work'
    work.mkdir()
    (work / 'last_checkpoint').write_text(str(evil))
    words = {'EVIL': evil, 'OUT': work / 'out.pth', 'VIDEO': motion / 'val/00000.mp4'}
    line = [
        str(words.get(word, word)).replace('=EVIL', f'={evil}') for word in REAL[command]
    ]
    if line[0] in ('tools/train.py', 'tools/test.py'):
        data = [f'{split}_dataloader.dataset.data_root={motion}' for split in SPLITS]
        line += [*([] if '--cfg-options' in line else ['--cfg-options']), *data]
        line += ['--work-dir', str(work)]
    done = subprocess.run(
        [sys.executable, *line], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    output = done.stdout + done.stderr
    if line[0] == '-m':  # MMAction2's tool calls torch.load, the words are PyTorch's.
        assert done.returncode != 0 and 'unsupported GLOBAL posix.system' in output
    else:
        refused(done.returncode, output, evil)
    assert not list(work.rglob('*.pth'))
