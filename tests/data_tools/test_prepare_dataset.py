"""Official files become lists that the configs' data sets load."""

import csv
import json
import os

import pytest
import torch
from mini_downloads import (
    CLASSES,
    ROOT,
    copies,
    diving48,
    kinetics,
    kinetics_classes,
    sthv1,
    sthv2,
    write_video,
)
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from preparation import files, lists
from prepare_dataset import prepare as prepare_folder

from projects.xvit.datasets import CheckedVideoDataset


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp('clip') / 'clip.mp4')


@pytest.fixture
def prepare(tool, tmp_path, monkeypatch):
    """Run the command where ``data/DATASET`` is, and return its output."""

    def run(dataset, *arguments):
        monkeypatch.chdir(tmp_path)
        code, printed = tool('data/prepare_dataset', dataset, *arguments)
        assert code == 0, printed
        assert not list(tmp_path.rglob('*.tmp'))
        return printed

    return run


def report(root):
    with (root / 'preparation_report.csv').open(newline='') as file:
        return [
            (row['problem'], row['split'], row['video']) for row in csv.DictReader(file)
        ]


def load(config, work, monkeypatch):
    """Paths and labels of the config's data sets, built as it stands in ``work``."""
    monkeypatch.chdir(work)
    init_default_scope('mmaction')
    cfg = Config.fromfile(ROOT / f'configs/{config}.py')
    found = []
    for split in ('train', 'val'):
        data = DATASETS.build(cfg[f'{split}_dataloader'].dataset)
        assert isinstance(data, CheckedVideoDataset)
        rows = [data.get_data_info(i) for i in range(len(data))]
        found.append([(row['filename'], row['label']) for row in rows])
    assert data[0]['inputs'].shape[1] == 3  # The validation pipeline reads it.
    return found


@pytest.mark.parametrize('prefix', ['', 'something-something-v2-'])
def test_sthv2_as_the_config_reads_it(tmp_path, monkeypatch, prefix, prepare):
    root = tmp_path / 'data/sthv2'
    webm = write_video(tmp_path / 'clip.webm', codec='VP90')  # Like the official videos.
    sthv2(root, {'10': 86, '7': 0, '11': 173, '12': 3}, {'8': 167, '9': 5}, prefix)
    copies(webm, root / 'videos', ['10', '7', '8', '11'])
    (root / 'videos/12.webm').touch()
    (root / f'annotations/{prefix}test-answers.csv').write_text(f'11;{CLASSES[120]}\n')
    out = prepare('sthv2')
    train, val = load('xvit_ssv2', tmp_path, monkeypatch)
    videos = 'data/sthv2/videos'
    assert train == [
        (f'{videos}/10.webm', 86),
        (f'{videos}/7.webm', 0),
        (f'{videos}/11.webm', 173),
    ]
    assert val == [(f'{videos}/8.webm', 167)]
    assert (root / 'sthv2_test_list_videos.txt').read_text() == '11.webm 120\n'
    assert (root / 'classes.txt').read_text().splitlines() == CLASSES
    assert report(root) == [
        ('also in train', 'test', '11'),
        ('no bytes', 'train', '12.webm'),
        ('missing', 'val', '9'),
    ]
    assert 'train: 3 of 4 clips' in out and 'val: 1 missing' in out


@pytest.mark.parametrize(('dataset', 'make'), [('sthv1', sthv1), ('sthv2', sthv2)])
def test_mirrored_classes_are_the_configs(tmp_path, clip, dataset, make, prepare):
    """V1's file is not in alphabetical order, but the map of the configs is."""
    root = tmp_path / 'data' / dataset
    make(root, {'1': 86}, {'2': 167})
    copies(clip, root / 'videos', ['1', '2'])
    out = prepare(dataset)
    cfg = Config.fromfile(ROOT / f'configs/tps_{dataset.replace("th", "s")}.py')
    assert f'flip_label_map = {cfg.flip_label_map}' in out
    assert (root / 'classes.txt').read_text().splitlines() == CLASSES


def test_words_without_their_mirror_image_stay():
    assert lists.mirrored(
        ['pulling it right out', 'turn left', 'leftover', 'turn right']
    ) == {
        1: 3,
        3: 1,
    }


def test_sthv1_as_the_config_reads_it(tmp_path, monkeypatch, clip, prepare):
    root = tmp_path / 'data/sthv1'
    sthv1(root, {'1': 93, '2': 94}, {'3': 0})
    copies(clip, root / 'videos', ['1', '2', '3'])
    prepare('sthv1')
    train, val = load('tps_ssv1', tmp_path, monkeypatch)
    assert [label for _, label in train] == [93, 94] and [label for _, label in val] == [0]
    assert report(root) == []


@pytest.mark.parametrize(
    ('folders', 'layout'),
    [
        ('flat', '{id}_{start:06d}_{end:06d}'),
        ('underscores', '{id}'),
        ('spaces', '{id}_{start:06d}_{end:06d}'),
    ],
)
def test_kinetics_in_every_layout(tmp_path, monkeypatch, clip, layout, folders, prepare):
    root, work = tmp_path / 'data/kinetics400', tmp_path
    names = kinetics_classes()
    train = [(names[1], '-a_bcDEfgh1', 3, 13), (names[399], 'abcdefghij2', 120, 130.0)]
    val = [(names[0], 'abcdefghij3', 7, 17)]
    kinetics(root, train, val)
    for split, rows in (('train', train), ('val', val)):
        for name, video, start, end in rows:
            folder = root / f'videos_{split}'
            if folders != 'flat':
                folder /= name.replace(' ', '_') if folders == 'underscores' else name
            stem = layout.format(id=video, start=start, end=int(end))
            copies(clip, folder, [stem])
    if folders == 'spaces':
        with pytest.raises(ValueError, match='--rename-folders'):
            prepare_folder('kinetics400', root, rename=False)
        assert not list(root.glob('*.txt'))
    out = prepare('kinetics400', *['--rename-folders'] * (folders == 'spaces'))
    assert 'train: 2 of 402 clips' in out and 'train: 400 missing' in out
    found, (validated,) = load('tps_k400', work, monkeypatch)
    assert [label for _, label in found] == [1, 399] and validated[1] == 0
    assert (root / 'classes.txt').read_text().splitlines() == names


def test_kinetics600_has_600_classes(tmp_path, clip, prepare):
    root = tmp_path / 'data/kinetics600'
    kinetics(root, [], [(kinetics_classes(600)[599], 'x' * 11, 0, 10)], count=600)
    copies(clip, root / 'videos_train', ['no000000000_000000_000010'])
    copies(clip, root / 'videos_val', ['x' * 11])
    (root / 'annotations/val.csv').rename(root / 'annotations/val.txt')  # CVDF's name.
    prepare('kinetics600')
    text = (root / 'kinetics600_val_list_videos.txt').read_text()
    assert text == f'{"x" * 11}.mp4 599\n'
    (root / 'annotations/train.csv').rename(root / 'annotations/kinetics-400_train.csv')
    with pytest.raises(FileNotFoundError, match=r'has none of train\.csv'):
        prepare_folder('kinetics600', root, rename=False)
    (root / 'annotations/kinetics-400_train.csv').rename(root / 'annotations/train.csv')
    with pytest.raises(ValueError, match='must be 400 classes, got 600'):
        prepare_folder('kinetics400', root, rename=False)


def test_diving48_as_the_config_reads_it(tmp_path, monkeypatch, clip, prepare):
    root = tmp_path / 'data/diving48'
    diving48(root, {'_8Vy3dlHg2w_00000': 47, 'b_00001': 0}, {'c_00002': 12})
    copies(clip, tmp_path / 'rgb', ['_8Vy3dlHg2w_00000', 'b_00001', 'c_00002'])
    (root / 'videos').symlink_to(tmp_path / 'rgb')
    prepare('diving48')
    train, val = load('tps_diving48', tmp_path, monkeypatch)
    assert [label for _, label in train] == [47, 0] and [label for _, label in val] == [12]
    assert (root / 'classes.txt').read_text().splitlines()[12] == 'Back 12som 05Twis FREE'


def test_repeated_rows_are_listed_and_used_once(tmp_path, clip, prepare):
    root = tmp_path / 'data/diving48'
    diving48(root, {'a': 1}, {'b': 2, 'a': 1})
    path = root / 'annotations/Diving48_V2_train.json'
    entry = json.loads(path.read_text())[0]
    path.write_text(json.dumps([entry, entry, dict(entry, label=4)]))
    copies(clip, root / 'videos', ['a', 'b'])
    copies(clip, root / 'videos/more', ['b'])
    prepare('diving48')
    assert (root / 'diving48_train_list_videos.txt').read_text() == 'a.mp4 1\n'
    assert report(root) == [
        ('also in train', 'val', 'a'),
        ('repeated', 'train', 'a.mp4'),
        ('repeated', 'train', 'a.mp4'),
        ('same name twice', '', 'more/b.mp4'),
    ]
    assert 'entry 1, with label 1, here 4' in (root / 'preparation_report.csv').read_text()


def test_run_again_when_there_are_more_videos(tmp_path, clip, prepare):
    root = tmp_path / 'data/diving48'
    diving48(root, {'a': 1, 'c': 3}, {'b': 2})
    copies(clip, root / 'videos', ['a', 'b'])
    prepare('diving48')
    copies(clip, root / 'videos', ['c'])
    prepare('diving48')
    text = (root / 'diving48_train_list_videos.txt').read_text()
    assert text == 'a.mp4 1\nc.mp4 3\n' and report(root) == []


@pytest.mark.parametrize('step', ['write', 'move'])
def test_a_failing_write_leaves_everything_as_it_was(tmp_path, monkeypatch, step):
    old, new = tmp_path / 'old.txt', tmp_path / 'new.txt'
    old.write_text('before\n')

    def fail(*args, **kwargs):
        raise OSError('disk full')

    if step == 'move':
        monkeypatch.setattr(os, 'replace', fail)
        write = {old: ['after'], new: ['after']}
    else:
        # The first file is written, the second is not: a surrogate is not UTF-8.
        write = {old: ['after'], new: ['\ud800']}
    with pytest.raises((OSError, UnicodeEncodeError)):
        files.write_whole(write)
    assert old.read_text() == 'before\n' and list(tmp_path.iterdir()) == [old]


@pytest.fixture(scope='module')
def recognizer(tmp_path_factory):
    """A config and an untrained checkpoint of a toy model with 174 classes."""
    folder = tmp_path_factory.mktemp('toy')
    config = folder / 'toy.py'
    config.write_text(
        f"_base_ = ['{ROOT / 'configs/xvit_motion.py'}']\n"
        'model = dict(cls_head=dict(num_classes=174))\n'
    )
    init_default_scope('mmaction')
    model = MODELS.build(Config.fromfile(config).model)
    checkpoint = folder / 'toy.pth'
    torch.save(dict(meta={}, state_dict=model.state_dict()), checkpoint)
    return config, checkpoint


def test_predictions_read_as_words(tmp_path, clip, recognizer, tool, prepare):
    from mmaction.apis.inferencers import MMAction2Inferencer

    root = tmp_path / 'data/sthv2'
    sthv2(root, {'1': 0}, {'2': 1})
    copies(clip, root / 'videos', ['1', '2'])
    prepare('sthv2')
    labels = root / 'classes.txt'
    options = ('--labels', labels, '--topk', 174, '--device', 'cpu')
    code, printed = tool('predict', *recognizer, clip, *options)
    assert code == 0, printed
    words = [line[7:] for line in printed.splitlines() if line[:2] in ('0.', '1.')]
    assert sorted(words) == sorted(CLASSES)

    config, weights = map(str, recognizer)
    predict = MMAction2Inferencer(
        rec=config, rec_weights=weights, label_file=str(labels), device='cpu'
    )
    assert predict.actionrecog_inferencer.visualizer.dataset_meta['classes'] == CLASSES
    assert len(predict(str(clip))['predictions'][0]['rec_scores'][0]) == len(CLASSES)
