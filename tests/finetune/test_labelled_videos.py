"""Videos from folders and from tables, and what is refused."""

import os

import pytest

from projects.xvit.finetune.videos import (
    Video,
    class_names,
    from_folder,
    from_rows,
    list_line,
)


def touch(root, *paths):
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).touch()


def test_folders_are_classes_at_any_depth(tmp_path):
    odd = 'läuft, schnell/2024 01/ein «Clip», 1.MP4'
    touch(tmp_path, odd, 'sits/b.avi', 'sits/a.mp4', 'sits/notes.txt', 'sits/.hidden.mp4')
    touch(tmp_path, '.cache/x.mp4', 'README')
    videos, others = from_folder(tmp_path)
    assert [(video.path, video.labels) for video in videos] == [
        (odd, ('läuft, schnell',)),
        ('sits/a.mp4', ('sits',)),
        ('sits/b.avi', ('sits',)),
    ]
    assert others == {'.txt': 1, '.mp4': 1, 'README': 1}
    assert class_names(videos) == ['läuft, schnell', 'sits']


@pytest.mark.parametrize(
    ('files', 'message'),
    [
        ([], 'has no class folders with videos: put the videos of each class'),
        (['a.mp4', 'x/b.mp4'], 'a.mp4 is in no class folder'),
        (['x/b.mp4', 'y/c.txt'], 'class folders without a video: y.'),
        (['train/x/b.mp4', 'val/x/c.mp4'], 'has folders train, val instead of classes'),
    ],
)
def test_folders_without_classes_are_refused(tmp_path, files, message):
    touch(tmp_path, *files)
    with pytest.raises(ValueError, match=message):
        from_folder(tmp_path)


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(ValueError, match='nowhere is not a folder'):
        from_folder(tmp_path / 'nowhere')


def row(number, path, label, **more):
    return f'list.csv:{number}', dict(path=path, label=label, **more)


def test_rows_have_several_labels_split_and_group():
    videos = from_rows(
        [
            row(2, 'a, b.mp4', 'runs; sings;runs', split='train', group='film 1'),
            row(3, './x/c.mp4', 'sings', split='test', group=''),
        ]
    )
    assert videos == [
        Video('a, b.mp4', ('runs', 'sings'), 'train', 'film 1'),
        Video('x/c.mp4', ('sings',), 'test', None),
    ]


@pytest.mark.parametrize(
    ('rows', 'message'),
    [
        (
            [row(2, 'a.mp4', 'x'), row(3, './a.mp4', 'y')],
            r'csv:3: ./a.mp4 is also in .*csv:2',
        ),
        ([row(2, 'a.mp4', 'x;')], r"csv:2: a label in 'x;' is empty"),
        ([row(2, 'a.mp4', 'x', split='dev')], r"csv:2: split must be .*, got 'dev'"),
        ([row(2, 'a.mp4', 'x', split='')], r"csv:2: split must be .*, got ''"),
    ],
)
def test_bad_rows_are_named(rows, message):
    with pytest.raises(ValueError, match=message):
        from_rows(rows)


def test_lines_hold_any_path_that_a_list_can():
    line = list_line(Video('ä, b/c d.mp4', ('y', 'x')), ['x', 'y'])
    assert line == 'ä, b/c d.mp4\t1\t0'
    assert list_line(Video(' a.mp4', ('x',)), ['x']) == './ a.mp4\t0'
    for bad in ('a\tb.mp4', 'a\nb.mp4', os.fsdecode(b'\xff.mp4')):
        with pytest.raises(ValueError, match='rename the file or folder'):
            list_line(Video(bad, ('x',)), ['x'])
