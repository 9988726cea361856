"""EPIC-KITCHENS-100 from official columns and real videos, and its bad rows."""

import csv
import pickle
import shutil

import numpy as np
import pytest
import torch
from epic_files import EPIC_COLUMNS, epic_row, write_gray_video
from mmaction.registry import DATASETS, MODELS
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope

from projects.xvit.datasets.epic_annotations import read_segments

PIPELINE = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=8),
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(
        type='PackActionInputs',
        meta_keys=('narration_id', 'video_id', 'participant_id', 'frame_inds'),
    ),
]


def build(root, split='train', **options):
    init_default_scope('mmaction')
    options = dict(data_prefix=dict(video=str(root)), pipeline=PIPELINE, **options)
    options.setdefault('ann_file', str(root / f'annotations/EPIC_100_{split}.csv'))
    return DATASETS.build(dict(type='EpicKitchensDataset', **options))


def write_csv(path, *rows, columns=EPIC_COLUMNS):
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerows([columns, *rows])
    return path


def rows_of(root, split):
    with open(root / f'annotations/EPIC_100_{split}.csv', newline='') as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(('split', 'count'), [('train', 6), ('validation', 5)])
def test_untrimmed_videos(epic, split, count):
    data, rows = build(epic, split), rows_of(epic, split)
    assert len(data) == len(rows) == count
    for sample, row in zip((data[i] for i in range(count)), rows):
        packed = sample['data_samples']
        assert packed.gt_label.tolist() == [int(row['verb_class']), int(row['noun_class'])]
        assert packed.narration_id == row['narration_id']
        assert packed.video_id == row['video_id']
        fps = 59.94 if row['video_id'] == 'P01_01' else 50.0
        seconds = np.array(packed.frame_inds) / fps
        start, stop = (float(row[f'{x}_timestamp'][6:]) for x in ('start', 'stop'))
        assert seconds.min() >= start - 1e-4 and seconds.max() <= stop + 1e-4
        assert seconds.max() - seconds.min() > 0.5 * (stop - start)
        gray = sample['inputs'][0].float().mean(dim=(0, 2, 3))
        torch.testing.assert_close(
            gray, 2.0 * torch.tensor(packed.frame_inds), atol=4, rtol=0
        )


def test_flat_videos_and_clips(epic, tmp_path):
    for row in rows_of(epic, 'train'):
        write_gray_video(tmp_path / f'{row["narration_id"]}.mp4', 10, 50)
    for video in epic.glob('P*/videos/*.MP4'):
        shutil.copy(video, tmp_path)
    ann_file = str(epic / 'annotations/EPIC_100_train.csv')
    flat = build(tmp_path, ann_file=ann_file, video_template='{video_id}.MP4')
    official = build(epic)
    clips = build(tmp_path, ann_file=ann_file, video_template='{narration_id}.mp4')
    for i in range(6):
        np.random.seed(i)
        expected = official[i]
        np.random.seed(i)
        assert torch.equal(flat[i]['inputs'], expected['inputs'])
        sample = clips[i]['data_samples']
        assert max(sample.frame_inds) < 10
        assert sample.gt_label.tolist() == expected['data_samples'].gt_label.tolist()


@pytest.mark.parametrize('mixed', [False, True])
def test_verbs_and_nouns_are_different_categories(epic, mixed):
    data, rows = build(epic, multi_class=mixed), rows_of(epic, 'train')
    expected = [[int(row['verb_class']), 97 + int(row['noun_class'])] for row in rows]
    assert [data.get_cat_ids(i) for i in range(len(data))] == expected


def test_test_set_has_no_labels(epic):
    data = build(epic, 'test_timestamps', test_mode=True)
    assert len(data) == 3
    assert 'gt_label' not in data[0]['data_samples']
    for options in (dict(), dict(test_mode=True, multi_class=True)):
        with pytest.raises(
            ValueError, match=r'test_timestamps\.csv:1: no columns verb_cla'
        ):
            build(epic, 'test_timestamps', **options)


def test_mixup_mixes_verb_and_noun(epic):
    data = build(epic, multi_class=True)
    labels = rows_of(epic, 'train')
    batch = pseudo_collate([data[0], data[1]])
    for sample, row in zip(batch['data_samples'], labels):
        expected = [int(row['verb_class']), 97 + int(row['noun_class'])]
        assert sample.gt_label.nonzero().flatten().tolist() == expected
    mixup = MODELS.build(dict(type='MixupBlending', num_classes=397, alpha=1.0))
    _, (mixed, _) = mixup(torch.stack(batch['inputs']).float(), batch['data_samples'])
    assert mixed.gt_label.shape == (397,)
    torch.testing.assert_close(mixed.gt_label[:97].sum(), torch.tensor(1.0))
    torch.testing.assert_close(mixed.gt_label[97:].sum(), torch.tensor(1.0))


GOOD = epic_row(0, 'P01_01', 0.1, 0.9, 3, 4)


def changed(**fields):
    row = dict(zip(EPIC_COLUMNS, epic_row(1, 'P01_01', 0.1, 0.9, 3, 4)))
    assert fields.keys() <= row.keys()
    return list({**row, **fields}.values())


BAD_ROWS = {
    'too few fields': (changed()[:-1], 'one field for each column'),
    'too many fields': ([*changed(), 'x'], 'one field for each column'),
    'no id': (changed(narration_id=''), "narration_id must be a name .* got ''"),
    'a path': (changed(video_id='../P01'), r"video_id must be a name .* got '\.\./P01'"),
    'twice': (changed(narration_id='P01_01_0'), 'narration_id P01_01_0 is already on lin'),
    'no time': (changed(start_timestamp='0.5'), "start_timestamp must be a time .* '0.5'"),
    'no minute': (changed(stop_timestamp='00:61:00.0'), 'stop_timestamp must be a time'),
    'negative': (changed(start_timestamp='-1:00:00.0'), 'start_timestamp must be a time'),
    'stop first': (
        changed(stop_timestamp='00:00:00.09'),
        'stop_timestamp 00:00:00.09 is before start_timestamp 00:00:00.10',
    ),
    'verb': (changed(verb_class=97), "verb_class must be a number from 0 to 96, got '97'"),
    'noun': (changed(noun_class=300), 'noun_class must be a number from 0 to 299'),
    'negative verb': (changed(verb_class=-1), 'verb_class must be a number'),
    'word': (changed(noun_class='cup'), "noun_class must be a number .* got 'cup'"),
    'no noun': (changed(noun_class=''), "noun_class must be a number .* got ''"),
}


@pytest.mark.parametrize('name', BAD_ROWS)
def test_bad_rows_are_named(epic, tmp_path, name):
    row, message = BAD_ROWS[name]
    last = epic_row(2, 'P01_01', 0.2, 0.9, 3, 4)
    path = write_csv(tmp_path / 'bad.csv', GOOD, row, last)
    with pytest.raises(ValueError, match=rf'bad\.csv:3: .*{message}'):
        build(epic, ann_file=str(path))
    errors = {}
    kept = list(read_segments(str(path), on_error=errors.__setitem__))
    assert [segment['line'] for segment in kept] == [2, 4]
    assert list(errors) == [3]


def test_an_open_quote_is_named(epic, tmp_path):
    path = write_csv(tmp_path / 'bad.csv', GOOD)
    path.write_text(path.read_text() + 'P01_01_1,"P01\n')
    with pytest.raises(ValueError, match=r'bad\.csv:3: unexpected end of data'):
        build(epic, ann_file=str(path))


@pytest.mark.parametrize('column', ['narration_id', 'stop_timestamp', 'noun_class'])
def test_a_missing_column_is_named(epic, tmp_path, column):
    at = EPIC_COLUMNS.index(column)
    path = write_csv(
        tmp_path / 'bad.csv',
        GOOD[:at] + GOOD[at + 1 :],
        columns=EPIC_COLUMNS[:at] + EPIC_COLUMNS[at + 1 :],
    )
    with pytest.raises(ValueError, match=rf'bad\.csv:1: no column {column}; the columns a'):
        build(epic, ann_file=str(path))


def test_files_without_actions_are_named(epic, tmp_path):
    path = tmp_path / 'bad.csv'
    with pytest.raises(FileNotFoundError, match=r'bad\.csv'):
        build(epic, ann_file=str(path))
    path.write_text('')
    with pytest.raises(ValueError, match=r'bad\.csv:1: no column .* the file is empty'):
        build(epic, ann_file=str(path))
    path.write_text(','.join(EPIC_COLUMNS) + '\n\n')
    with pytest.raises(ValueError, match=r'bad\.csv lists no action'):
        build(epic, ann_file=str(path))
    path.write_bytes(pickle.dumps([1.5] * 9))
    with pytest.raises(ValueError, match=r'bad\.csv:1: '):
        build(epic, ann_file=str(path))


def test_a_byte_order_mark_is_no_part_of_a_column(epic, tmp_path):
    path = write_csv(tmp_path / 'excel.csv', GOOD)
    path.write_text('\ufeff' + path.read_text())
    assert len(build(epic, ann_file=str(path))) == 1


def test_unknown_videos_are_named(epic, tmp_path):
    unknown = [epic_row(i, 'P01_99', 0.1, 0.9, 3, 4) for i in range(1, 3)]
    path = str(write_csv(tmp_path / 'bad.csv', GOOD, *unknown))
    message = r'bad\.csv:3: no video P01_99: .*P01_99\.MP4 does not exist \(2 rows of 1 mis'
    with pytest.raises(ValueError, match=message):
        build(epic, ann_file=path, max_bad_videos=1)
    with pytest.raises(ValueError, match=message):
        build(epic, ann_file=path, max_bad_videos=2, test_mode=True)
    data = build(epic, ann_file=path, max_bad_videos=2)
    assert {data[i]['data_samples'].video_id for i in range(3)} == {'P01_01'}


def test_bad_videos_and_clips_are_named_by_row(epic, tmp_path):
    late = epic_row(1, 'P01_01', 30.0, 31.0, 3, 4)
    path = str(write_csv(tmp_path / 'late.csv', GOOD, late))
    with pytest.raises(RuntimeError, match=r'late\.csv:3: .*P01_01\.MP4: .*starts at 30'):
        build(epic, ann_file=path)[1]
    clips = build(epic, ann_file=path, video_template='{narration_id}.mp4')
    with pytest.raises(RuntimeError, match=r'late\.csv:2: cannot read .*P01_01_0\.mp4'):
        clips[0]


@pytest.mark.parametrize('template', ['videos.MP4', '{participant_id}.MP4', '{verb}.mp4'])
def test_a_bad_template_is_named(epic, template):
    with pytest.raises(ValueError, match=r'video_template must have \{video_id\}'):
        build(epic, video_template=template)
