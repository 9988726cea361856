"""Checking an EPIC-KITCHENS download: class names, and every kind of problem."""

import csv
import os
import shutil

import mini_downloads  # noqa: F401  (tools/data on the path)
import pytest
from epic_files import EPIC_COLUMNS, TIMESTAMPS, epic_row

NAMES = ['preparation_report.csv', 'verb_classes.txt', 'noun_classes.txt']
NAMES.append('epic_videos.txt')


def write(path, columns, rows):
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerows([columns, *rows])


def classes(task, count):
    """Rows with the official columns, highest number first."""
    return [
        (i, f'{task}:{i}', f"['{task}', 'x{i}']", 'any') for i in reversed(range(count))
    ]


@pytest.fixture
def root(epic, tmp_path):
    """A copy of the small data set, with the class files and the list of videos."""
    root = shutil.copytree(epic, tmp_path / 'epic')
    folder = root / 'annotations'
    for task, count in (('verb', 97), ('noun', 300)):
        write(
            folder / f'EPIC_100_{task}_classes.csv',
            ['id', 'key', 'instances', 'category'],
            classes(task, count),
        )
    write(
        folder / 'EPIC_100_video_info.csv',
        ['video_id', 'duration', 'fps', 'resolution'],
        [('P01_01', 2.0, 59.94, '64x48'), ('P02_101', 2.4, 50.0, '64x48')],
    )
    return root


def problems(root):
    with open(root / 'preparation_report.csv', newline='') as file:
        return [tuple(row.values()) for row in csv.DictReader(file)]


def test_a_whole_download_has_no_problems(root, tool):
    code, printed = tool('data/prepare_epic', root)
    assert code == 0
    for line in ('train: 6 actions', 'val: 5 actions', 'test: 3 actions', '97 lines: '):
        assert line in printed
    assert problems(root) == []
    for task, count in (('verb', 97), ('noun', 300)):
        lines = (root / f'{task}_classes.txt').read_text().splitlines()
        assert lines == [f'{task}:{i}' for i in range(count)]
    videos = ['P01/videos/P01_01.MP4 0', 'P02/videos/P02_101.MP4 0']
    assert (root / 'epic_videos.txt').read_text().splitlines() == videos
    assert not list(root.glob('*.tmp'))


def test_every_problem_is_listed(root, tool):
    folder = root / 'annotations'
    train, val = folder / 'EPIC_100_train.csv', folder / 'EPIC_100_validation.csv'
    rows = [
        epic_row(0, 'P01_01', 0.1, 0.9, 96, 299),
        epic_row(1, 'P01_01', 0.1, 0.9, 97, 0),
        epic_row(2, 'P01_01', 0.9, 0.1, 0, 0),
        epic_row(0, 'P01_01', 0.1, 0.9, 0, 0),
        epic_row(3, 'P09_09', 0.1, 0.9, 0, 0),
        epic_row(4, 'P09_09', 0.1, 0.9, 0, 0),
        epic_row(5, 'P01_01', 2.1, 2.9, 0, 0),
    ]
    write(train, EPIC_COLUMNS, rows)
    write(val, EPIC_COLUMNS, [epic_row(0, 'P01_01', 0.1, 0.9, 96, 299)])
    write(
        folder / 'EPIC_100_test_timestamps.csv',
        TIMESTAMPS,
        [epic_row(0, 'P02_101', 0.1, 0.9, 0, 0)[:8]],
    )
    (root / 'P02/videos/P02_101.MP4').write_bytes(b'')
    code, printed = tool('data/prepare_epic', root)
    assert code == 1
    found = [(p, s, v, os.path.basename(w)) for p, s, v, w, _ in problems(root)]
    assert found == [
        ('bad row', 'train', '', 'EPIC_100_train.csv:3'),
        ('bad row', 'train', '', 'EPIC_100_train.csv:4'),
        ('bad row', 'train', '', 'EPIC_100_train.csv:5'),
        ('also in train', 'val', 'P01_01_0', 'EPIC_100_validation.csv:2'),
        ('unknown', 'train', 'P09_09', 'EPIC_100_train.csv:6'),
        ('missing', 'train', 'P09/videos/P09_09.MP4', 'EPIC_100_train.csv:6'),
        ('after the end', 'train', 'P01_01_5', 'EPIC_100_train.csv:8'),
        ('no bytes', 'test', 'P02/videos/P02_101.MP4', 'EPIC_100_test_timestamps.csv:2'),
    ]
    details = [problem[-1] for problem in problems(root)]
    assert details[0].startswith('verb_class must be a number from 0 to 96')
    assert 'train: 4 actions' in printed and 'train: 3 bad row' in printed
    assert (root / 'epic_videos.txt').read_text() == 'P01/videos/P01_01.MP4 0\n'


def test_clips_are_looked_for_one_by_one(root, tool):
    for name in ('P01_01_0', 'P02_101_1'):
        (root / f'{name}.mp4').write_bytes(b'video')
    code, printed = tool(
        'data/prepare_epic', root, '--video-template', '{narration_id}.mp4'
    )
    assert code == 1 and 'train: 4 missing' in printed and 'test: 3 missing' in printed
    code, printed = tool('data/prepare_epic', root, '--video-template', 'videos')
    assert code == 'error: video_template must have {video_id} for untrimmed videos or ' + (
        "{narration_id} for clips, and may have {participant_id}, got 'videos'"
    )


BAD_CLASSES = {
    'missing': (classes('noun', 299), 'must be 300 classes, got 299'),
    'too many': (classes('noun', 301), r":2: id must be .* from 0 to 299, .* got '300'"),
    'twice': ([*classes('noun', 300), (4, 'x', 'y', 'z')], r":302: id must .* got '4'"),
    'same name': (
        [(0, 'noun:1', '', ''), *classes('noun', 300)[:-1]],
        "'noun:1' is there t",
    ),
    'no name': ([(0, '', '', '')], ':2: key is empty'),
    'none': ([], 'has no rows'),
}


@pytest.mark.parametrize('name', BAD_CLASSES)
def test_bad_class_files_are_named_and_nothing_is_written(root, tool, name):
    rows, message = BAD_CLASSES[name]
    path = root / 'annotations/EPIC_100_noun_classes.csv'
    write(path, ['id', 'key', 'instances', 'category'], rows)
    error, _ = tool('data/prepare_epic', root)
    with pytest.raises(ValueError, match=rf'EPIC_100_noun_classes\.csv.*{message}'):
        raise ValueError(error)
    assert not any((root / name).exists() for name in NAMES)


@pytest.mark.parametrize(
    'name', ['EPIC_100_train.csv', 'EPIC_100_validation.csv', 'EPIC_100_verb_classes.csv']
)
def test_missing_files_are_named(root, tool, name):
    (root / 'annotations' / name).unlink()
    error, _ = tool('data/prepare_epic', root)
    assert name in error and error.startswith('error: ')


def test_the_test_set_and_the_list_of_videos_may_be_missing(root, tool):
    for name in ('test_timestamps', 'video_info'):
        (root / f'annotations/EPIC_100_{name}.csv').unlink()
    code, printed = tool('data/prepare_epic', root)
    assert code == 0 and 'test:' not in printed
