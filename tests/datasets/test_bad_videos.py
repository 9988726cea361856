"""Odd and damaged videos in data workers are read, skipped or named, never mixed up."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from mmaction.registry import DATASETS, TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from odd_videos import BAD, GOOD, grey
from torch.utils.data import DataLoader

from projects.xvit.datasets import checked_video_dataset
from projects.xvit.datasets.decoders import DECODERS

ROOT = Path(__file__).parents[2]


def shown_label(inputs):
    return round((inputs.float().mean().item() - 16) / 32)


def write_videos(root, makers):
    """Write one video for each maker, and a list with labels 0 to 6."""
    root.mkdir()
    lines = []
    for i, make in enumerate(makers):
        make(root / f'{i}.mp4', i % 7)
        lines.append(f'{i}.mp4 {i % 7}\n')
    for split in ('train', 'val'):
        (root / f'{split}.txt').write_text(''.join(lines))
    return root


def build(root, split='train', decoder='decord', **options):
    init_default_scope('mmaction')
    cfg = Config.fromfile(ROOT / 'configs/_base_/motion.py')
    return DATASETS.build(
        {
            **cfg[f'{split}_dataloader'].dataset,
            'data_root': str(root),
            'decoder': decoder,
            **options,
        }
    )


def load(data, num_workers=1, batch_size=1):
    return DataLoader(data, batch_size, num_workers=num_workers, collate_fn=pseudo_collate)


@pytest.fixture
def log(monkeypatch, tmp_path):
    """Collect what data workers log in a file, since they are other processes."""
    path = tmp_path / 'log'
    path.touch()

    def write(text, **_):
        with path.open('a') as file:
            file.write(text.replace('\n', ' ') + '\n')

    monkeypatch.setattr(checked_video_dataset, 'print_log', write)
    return path


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize('split', ['train', 'val'])
def test_odd_videos_are_read(split, decoder, tmp_path):
    data = build(write_videos(tmp_path / 'data', GOOD.values()), split, decoder)
    for i, batch in enumerate(load(data)):
        (clip,), (sample,) = batch['inputs'], batch['data_samples']
        assert clip.shape == (1, 3, 8, 64, 64)
        assert shown_label(clip) == sample.gt_label.item() == i


def test_training_skips_damaged_videos_and_says_which_and_why(tmp_path, log):
    root = write_videos(tmp_path / 'data', [grey, grey, *BAD.values()])
    data = build(root, max_bad_videos=len(BAD))
    for _ in range(2):
        batches = list(load(data, num_workers=2, batch_size=3))
        clips = [clip for batch in batches for clip in batch['inputs']]
        samples = [sample for batch in batches for sample in batch['data_samples']]
        assert len(clips) == 2 + len(BAD)
        for clip, sample in zip(clips, samples):
            assert shown_label(clip) == sample.gt_label.item() in (0, 1)
    lines = log.read_text().splitlines()
    assert len(lines) == len(BAD)
    for i, kind in enumerate(BAD, start=2):
        (line,) = (line for line in lines if f'{i}.mp4' in line)
        assert f'train.txt:{i + 1}: cannot read' in line
        assert re.search(r'mp4: \w+(Error|Exception): .', line), line
        # Whether it crashes depends on what lies beyond the decoder's memory.
        assert 'SIGSEGV' not in line or kind == 'may crash the decoder', line


def errors_of(loader):
    """Return the error message of each batch, or an empty text.

    A loader goes on after an error, and ends its workers at once when it reaches its end.
    """
    batches = iter(loader)
    messages = []
    for _ in range(len(loader)):
        try:
            next(batches)
            messages.append('')
        except RuntimeError as error:
            messages.append(str(error))
    assert next(batches, None) is None
    return messages


def test_the_run_ends_beyond_the_limit(tmp_path, log):
    data = build(write_videos(tmp_path / 'data', [grey, *BAD.values()]), max_bad_videos=3)
    errors = errors_of(load(data))
    assert '4 bad videos, max_bad_videos=3' in next(filter(None, errors))
    assert len(log.read_text().splitlines()) == 3


def test_testing_names_damaged_videos(tmp_path):
    data = build(write_videos(tmp_path / 'data', [grey, *BAD.values(), grey]), 'val')
    first, *errors, last = errors_of(load(data))
    assert first == last == ''
    for i, error in enumerate(errors, start=1):
        assert re.search(rf'val\.txt:{i + 1}: cannot read \S*{i}\.mp4: \w+Err', error)


@TRANSFORMS.register_module()
class ActOnVideo1:
    """Does to the process what the file `1.mp4` says. Returns random numbers."""

    def __call__(self, results):
        if results['filename'].endswith('1.mp4'):
            acts = {
                'hang': lambda: [None for _ in iter(int, 1)],
                'kill': lambda: os.kill(os.getpid(), signal.SIGKILL),
                'exit': lambda: os._exit(3),
                'unpicklable': lambda: results.update(inputs=lambda: None),
                'raise': lambda: {}['a key'],
            }
            acts[Path(results['filename']).read_text()]()
        numbers = results.get('inputs', np.random.randint(2**31))
        return dict(inputs=numbers, data_samples=int(results['label']))


def acting(tmp_path, act, **options):
    def make(path, label):
        path.write_text(act)

    root = write_videos(tmp_path / 'data', [make] * 3)
    return build(root, pipeline=[dict(type='ActOnVideo1')], **options)


@pytest.mark.parametrize(
    ('act', 'reason'),
    [
        ('hang', r'TimeoutError: took longer than 0\.5 s'),
        ('kill', r'ChildProcessError: its process died \(SIGKILL\)'),
        ('exit', r'ChildProcessError: its process died \(exit code 3\)'),
        ('unpicklable', r"(AttributeError|PicklingError): Can't .*pickle"),
        ('raise', r"KeyError: 'a key'"),
    ],
)
def test_whatever_reading_does_costs_one_video(act, reason, tmp_path, log):
    data = acting(tmp_path, act, time_limit=0.5, max_bad_videos=1)
    batches = list(load(data))
    labels = [label for batch in batches for label in batch['data_samples']]
    assert labels[0] == 0 and labels[1] in (0, 2) and labels[2] == 2
    assert re.search(rf'train\.txt:2: cannot read \S+1\.mp4: {reason}', log.read_text())


def test_after_a_crash_other_numbers_are_drawn(tmp_path, log):
    data = acting(tmp_path, 'kill', max_bad_videos=1)
    numbers = [batch['inputs'][0] for batch in load(data)]
    assert len(set(numbers)) == 3


def test_readers_end_with_their_workers(tmp_path):
    data = acting(tmp_path, 'raise', max_bad_videos=1)
    before = children_of_all()
    loader = iter(load(data, num_workers=2))
    next(loader)
    assert len(children_of_all() - before) >= 3  # Two workers, and a reader at least.
    del loader
    deadline = time.monotonic() + 10
    while children_of_all() - before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not children_of_all() - before


def children_of_all():
    """Return the living processes with this one's command line."""
    mine = Path('/proc/self/cmdline').read_bytes()
    found = set()
    for path in Path('/proc').glob('[0-9]*/cmdline'):
        try:
            if path.read_bytes() == mine:
                found.add(path.parent.name)
        except OSError:  # It ended meanwhile.
            continue
    return found


def command(tool, root, work, *arguments, **options):
    """Run a real command on the toy model. Return its exit code and output."""
    values = {f'{split}_dataloader.dataset.data_root': root for split in ('train', 'val')}
    values['test_dataloader.dataset.data_root'] = root
    values |= {'train_cfg.max_epochs': 1, 'train_cfg.val_interval': 9, **options}
    done = subprocess.run(
        [sys.executable, f'tools/{tool}.py', 'configs/xvit_motion.py', *map(str, arguments)]
        + ['--work-dir', str(work), '--cfg-options']
        + [f'{key}={value}' for key, value in values.items()],
        cwd=ROOT,
        env=os.environ | dict(XVIT_DECODER='decord'),
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.slow
def test_real_commands_skip_or_name(tmp_path):
    root = write_videos(tmp_path / 'data', [grey, *BAD.values()])
    limit = 'train_dataloader.dataset.max_bad_videos'
    whole_list = (root / 'val.txt').read_text()
    (root / 'val.txt').write_text('0.mp4 0\n')
    code, output = command('train', root, tmp_path / 'work', **{limit: len(BAD)})
    assert code == 0, output[-4000:]
    for i in range(2, 2 + len(BAD)):
        assert re.search(rf'skipped bad video \d of at most 7: .*train\.txt:{i}: ', output)
    checkpoint = tmp_path / 'work/epoch_1.pth'
    assert checkpoint.is_file()

    code, output = command('train', root, tmp_path / 'other', **{limit: len(BAD) - 1})
    assert code != 0 and '(7 bad videos, max_bad_videos=6)' in output
    assert not list((tmp_path / 'other').glob('*.pth'))

    (root / 'val.txt').write_text(whole_list)
    code, output = command('test', root, tmp_path / 'test', checkpoint)
    assert code != 0 and re.search(r'val\.txt:\d: cannot read \S+\.mp4', output)
