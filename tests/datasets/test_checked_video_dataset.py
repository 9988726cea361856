"""Good and bad mp4 files through MMAction2's pipeline."""

import shutil
from collections import Counter

import pytest
import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import ClassBalancedDataset, pseudo_collate
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader

from projects.xvit.datasets import checked_video_dataset

CONFIG = 'configs/_base_/motion.py'


@pytest.fixture
def root(motion, tmp_path):
    """A copy of the motion data set, to be damaged."""
    return shutil.copytree(motion, tmp_path / 'motion')


def build(root, split='train', **options):
    init_default_scope('mmaction')
    cfg = Config.fromfile(CONFIG)[f'{split}_dataloader'].dataset
    return DATASETS.build({**cfg, 'data_root': str(root), **options})


@pytest.mark.parametrize(('split', 'views'), [('train', 1), ('val', 1), ('test', 6)])
def test_real_videos_become_clips(root, split, views):
    data = build(root, split)
    assert len(data) == (32 if split == 'train' else 16)
    sample = data[9]
    assert sample['inputs'].shape == (views, 3, 8, 64, 64)
    assert sample['inputs'].dtype == torch.uint8
    assert sample['data_samples'].gt_label.item() == 1


@pytest.mark.parametrize(
    ('line', 'message'),
    [
        ('train/00001.mp4 one', r"train\.txt:2: the label must be a number, got .* one'"),
        ('train/00001.mp4 1 2', r'train\.txt:2: expected "path label"'),
        ('train/00001.mp4 -1', r'train\.txt:2: the label must be a number'),
        ('train/00001.mp4 8', r'train\.txt:2: the label must be below num_classes=8'),
    ],
)
def test_bad_lines_are_named(root, line, message):
    lines = (root / 'train.txt').read_text().splitlines()
    lines[1] = line
    (root / 'train.txt').write_text('\n'.join(lines))
    with pytest.raises(ValueError, match=message):
        build(root)


def test_blank_lines_count_as_lines_but_not_as_videos(root):
    (root / 'train.txt').write_text('\ntrain/00000.mp4 0\n\ntrain/missing.mp4 1\n\n')
    data = build(root)
    assert len(data) == 2
    with pytest.raises(RuntimeError, match=r'train\.txt:4: cannot read .*missing\.mp4'):
        data[1]


def test_empty_and_missing_lists_are_named(root):
    (root / 'train.txt').write_text('\n')
    with pytest.raises(ValueError, match=r'train\.txt lists no video'):
        build(root)
    (root / 'train.txt').unlink()
    with pytest.raises(FileNotFoundError, match=r'train\.txt'):
        build(root)


def test_class_numbers_of_a_video(root):
    assert [build(root).get_cat_ids(i) for i in (0, 9)] == [[0], [1]]
    (root / 'train.txt').write_text('train/00000.mp4 5\ntrain/00001.mp4 3 1\n')
    several = build(root, multi_class=True)
    assert [several.get_cat_ids(i) for i in (0, 1)] == [[5], [3, 1]]


def test_rare_classes_are_repeated(root):
    labels = [0] * 16 + [1] * 2
    lines = [f'train/{i:05d}.mp4 {label}' for i, label in enumerate(labels)]
    (root / 'train.txt').write_text('\n'.join(lines))
    data = ClassBalancedDataset(build(root), oversample_thr=16 / 18 / 2)
    counts = Counter(data.get_cat_ids(i)[0] for i in range(len(data)))
    assert counts == {0: 16, 1: 4}  # Each ceil(sqrt(8 / 2)) times.


DAMAGES = {
    'missing': lambda path: path.unlink(),
    'empty': lambda path: path.write_bytes(b''),
    'no video': lambda path: path.write_bytes(b'not a video' * 99),
    'truncated': lambda path: path.write_bytes(path.read_bytes()[:600]),
}


@pytest.mark.parametrize('damage', DAMAGES)
@pytest.mark.parametrize('split', ['train', 'test'])
def test_bad_videos_are_named(root, split, damage):
    ann_file, limit = (
        ('train', 0) if split == 'train' else ('val', 9)
    )  # Testing skips none.
    DAMAGES[damage](root / ann_file / '00003.mp4')
    with pytest.raises(RuntimeError, match=rf'{ann_file}\.txt:4: cannot read .*00003\.mp4'):
        build(root, split, max_bad_videos=limit)[3]


def test_training_skips_up_to_a_limit_and_logs_each_once(root, monkeypatch):
    for i in (3, 5):
        (root / f'train/{i:05d}.mp4').write_bytes(b'')
    log = []
    monkeypatch.setattr(
        checked_video_dataset, 'print_log', lambda text, **_: log.append(text)
    )
    data = build(root, max_bad_videos=2)
    for i in (3, 5, 3, 5):
        assert data[i]['inputs'].shape == (1, 3, 8, 64, 64)
    assert len(log) == 2 and 'train.txt:4' in log[0] and 'train.txt:6' in log[1]
    (root / 'train/00007.mp4').unlink()
    with pytest.raises(
        RuntimeError, match=r'train\.txt:8.*\(3 bad videos, max_bad_videos=2'
    ):
        data[7]


@pytest.mark.parametrize('limit', [1, 3])
def test_limit_holds_over_all_data_workers(root, limit):
    for i in (3, 12, 25):
        (root / f'train/{i:05d}.mp4').write_bytes(b'')
    data = build(root, max_bad_videos=limit)
    loader = DataLoader(data, batch_size=4, num_workers=2, collate_fn=pseudo_collate)
    if limit == 3:
        assert sum(len(batch['inputs']) for batch in loader) == 32
        assert data._is_bad.nonzero().flatten().tolist() == [3, 12, 25]
    else:
        with pytest.raises(RuntimeError, match='max_bad_videos=1'):
            list(loader)
