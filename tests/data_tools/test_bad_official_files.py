"""Errors in an official file are named with their row, and nothing is written."""

import csv
import json

import pytest
from mini_downloads import copies, diving48, kinetics, sthv1, sthv2, write_video
from preparation.files import read_table
from prepare_dataset import prepare


@pytest.fixture(scope='module')
def clip(tmp_path_factory):
    return write_video(tmp_path_factory.mktemp('clip') / 'clip.mp4', num_frames=4)


@pytest.fixture
def root(tmp_path, clip):
    """All data sets, intact. A test then spoils one."""
    sthv2(tmp_path / 'sthv2', {'1': 0, '2': 1}, {'3': 2})
    sthv1(tmp_path / 'sthv1', {'1': 0, '2': 1}, {'3': 2})
    diving48(tmp_path / 'diving48', {'1': 0, '2': 1}, {'3': 2})
    kinetics(tmp_path / 'kinetics400', [], [('air drumming', '3', 0, 10)])
    for dataset in ('sthv2', 'sthv1', 'diving48'):
        copies(clip, tmp_path / dataset / 'videos', ['1', '2', '3'])
    copies(clip, tmp_path / 'kinetics400/videos_train', ['no000000000'])
    copies(clip, tmp_path / 'kinetics400/videos_val', ['3'])
    return tmp_path


def whole(dataset, root):
    prepare(dataset, root / dataset, rename=False)


def set_json(*keys_and_value):
    *keys, last, value = keys_and_value

    def spoil(path):
        content = part = json.loads(path.read_text())
        for key in keys:
            part = part[key]
        part[last] = value
        path.write_text(json.dumps(content))

    return spoil


def without(*keys):
    *keys, last = keys

    def spoil(path):
        content = part = json.loads(path.read_text())
        for key in keys:
            part = part[key]
        del part[last]
        path.write_text(json.dumps(content))

    return spoil


def text(content):
    return lambda path: path.write_text(content)


def cut(path):
    path.write_text(path.read_text()[:-20])


def remove(path):
    path.unlink()


def cell(row, column, value):
    """Replace or remove a cell. Rows are counted from 1, with the header."""

    def spoil(path):
        with path.open(newline='') as file:
            rows = list(csv.reader(file))
        rows[row - 1][column : column + 1] = [] if value is None else [value]
        with path.open('w', newline='') as file:
            csv.writer(file).writerows(rows)

    return spoil


def line(number, content):
    def spoil(path):
        lines = path.read_text().splitlines()
        lines[number - 1] = content
        path.write_text('\n'.join(lines) + '\n')

    return spoil


def no_videos(path):
    for video in path.glob('*.mp4'):
        video.unlink()


def other_videos(path):
    for video in path.glob('*.mp4'):
        video.rename(path / f'other{video.name}')


def spaced_video(path):
    (path / 'a b').mkdir()
    (path / '1.mp4').rename(path / 'a b/1.mp4')


V1 = 'something-something-v1-'
DIVE = 'Diving48_V2_train.json'
CASES = [
    ('sthv2', 'train.json', text(''), 'train.json is empty'),
    ('sthv2', 'train.json', text('[]'), 'train.json has no entries'),
    ('sthv2', 'train.json', text('{"a": 1}'), 'must hold a JSON list'),
    ('sthv2', 'train.json', cut, r'train.json:\d+: not JSON, or cut short'),
    ('sthv2', 'train.json', remove, 'annotations has none of train.json'),
    ('sthv2', 'train.json', set_json(1, 7), 'entry 2: must be an object'),
    ('sthv2', 'train.json', without(1, 'id'), 'entry 2: id must be str, got N'),
    ('sthv2', 'train.json', set_json(1, 'id', ''), "entry 2: id .* got ''"),
    (
        'sthv2',
        'validation.json',
        set_json(0, 'template', 'Eating [something]'),
        "validation.json, entry 1: unknown class 'Eating something'",
    ),
    ('sthv2', 'labels.json', set_json('New', '174'), '174 classes, got 175'),
    (
        'sthv2',
        'labels.json',
        set_json('Aiming 003 something at something', '174'),
        "labels must be 0 to 173, each once, but 'Aiming 004 .* has 4",
    ),
    (
        'sthv2',
        'labels.json',
        set_json('Aiming 003 something at something', '-1'),
        "the label of 'Aiming 003 .* must be a number: '-1'",
    ),
    ('sthv2', 'test-answers.csv', text('1;No\n'), "csv:1: unknown class 'No'"),
    ('sthv2', 'test-answers.csv', text('1\n'), 'csv:1: expected 2 cells, got 1'),
    ('sthv2', '../videos', no_videos, 'videos has no video'),
    ('sthv2', '../videos', other_videos, 'has none of the 2 videos of train; .* called 1 '),
    ('sthv2', '../videos', spaced_video, 'a b/1.mp4: a path in a list must have no space'),
    ('sthv1', V1 + 'labels.csv', text('\n'), 'labels.csv is empty'),
    ('sthv1', V1 + 'labels.csv', line(3, ''), 'must be 174 classes, got 173'),
    ('sthv1', V1 + 'labels.csv', cell(1, 0, 'Aiming 007 something at something'), 'twice'),
    ('sthv1', V1 + 'train.csv', line(2, '2;Eating'), "train.csv:2: unknown class 'Eating'"),
    ('sthv1', V1 + 'train.csv', line(2, '2'), 'train.csv:2: expected 2 cells, got 1'),
    ('sthv1', V1 + 'train.csv', line(2, '2;a;b'), 'train.csv:2: expected 2 cells, got 3'),
    ('sthv1', V1 + 'train.csv', line(2, ' ;a'), 'train.csv:2: id is empty'),
    ('kinetics400', 'train.csv', text(''), 'train.csv is empty'),
    ('kinetics400', 'val.csv', text('label,youtube_id\n'), "no column 'time_st"),
    ('kinetics400', 'val.csv', cell(2, 0, 'eating'), r"val.csv:2: 'eating' is no"),
    ('kinetics400', 'train.csv', line(9, 'a,b'), 'csv:9: expected 6 cells, got 2'),
    ('kinetics400', 'train.csv', cell(9, 1, ' '), 'csv:9: youtube_id is empty'),
    ('kinetics400', 'train.csv', cell(9, 1, None), 'csv:9: expected 6 cells, got 5'),
    ('kinetics400', 'train.csv', cell(9, 2, 'x'), "csv:9: time_start .* got 'x'"),
    ('kinetics400', 'train.csv', cell(9, 2, 'nan'), "csv:9: time_start .* 'nan'"),
    ('kinetics400', 'train.csv', cell(9, 2, '10'), 'stops at 10, but starts at 10'),
    (
        'kinetics400',
        'train.csv',
        cell(9, 0, 'air drumming'),
        'must be 400 classes, got 399',
    ),
    ('kinetics400', '../videos_val', other_videos, 'has none of the 1 videos of val'),
    ('diving48', DIVE, set_json(1, 'label', 48), 'entry 2: label must be 0 to 47, got 48'),
    ('diving48', DIVE, set_json(1, 'label', -1), 'entry 2: label must be 0 to 47, got -1'),
    ('diving48', DIVE, set_json(1, 'label', True), 'entry 2: label must be int, got True'),
    ('diving48', DIVE, set_json(1, 'label', '3'), "entry 2: label must be int, got '3'"),
    ('diving48', DIVE, set_json(1, 'end_frame', 0), 'entry 2: stops at 0, but starts at 0'),
    ('diving48', DIVE, without(0, 'vid_name'), 'entry 1: vid_name must be str, got None'),
    ('diving48', 'Diving48_vocab.json', set_json(2, 'x'), 'entry 3: must be a list'),
    ('diving48', 'Diving48_vocab.json', without(0), 'must be 48 classes, got 47'),
]


@pytest.mark.parametrize(('dataset', 'file', 'spoil', 'message'), CASES)
def test_bad_file_is_named_and_nothing_is_written(root, dataset, file, spoil, message):
    whole(dataset, root)
    made = {path: path.read_text() for path in (root / dataset).glob('*.*')}
    assert len(made) == 4
    spoil(root / dataset / 'annotations' / file)
    with pytest.raises((ValueError, OSError), match=message):
        whole(dataset, root)
    assert {path: path.read_text() for path in (root / dataset).glob('*.*')} == made


def test_a_table_that_is_no_text_or_no_table_is_named(tmp_path):
    path = tmp_path / 'x.csv'
    path.write_bytes(b'a,b\n\xff\xfe\x00')
    with pytest.raises(ValueError, match=r'x\.csv is not UTF-8 text'):
        list(read_table(path, ['a']))
    path.write_text('a,b\n1,2\n"3"4,5\n')
    with pytest.raises(ValueError, match=r'x\.csv:3: '):
        list(read_table(path, ['a']))
    path.write_text('a,b\n')
    with pytest.raises(ValueError, match=r'x\.csv has no rows'):
        list(read_table(path, ['a']))


def test_windows_line_ends_and_byte_order_mark_do_no_harm(root):
    path = root / 'kinetics400/annotations/val.csv'
    path.write_bytes(b'\xef\xbb\xbf' + path.read_bytes().replace(b'\n', b'\r\n'))
    path = root / 'sthv1/annotations' / (V1 + 'labels.csv')
    path.write_bytes(path.read_bytes().replace(b'\n', b'\r\n'))
    whole('kinetics400', root)
    whole('sthv1', root)


def test_the_command_prints_one_line_and_fails(root, tool):
    (root / 'sthv2/annotations/train.json').write_text('')
    error, printed = tool('data/prepare_dataset', 'sthv2', root / 'sthv2')
    assert error == f'error: {root}/sthv2/annotations/train.json is empty'
    assert printed == ''
    code, printed = tool('data/prepare_dataset', 'sthv2', root, '--rename-folders')
    assert code == 2 and '--rename-folders is for Kinetics' in printed


def test_renaming_does_not_overwrite(root):
    folder = root / 'kinetics400/videos_val'
    for name in ('air drumming', 'air_drumming'):
        (folder / name).mkdir()
    with pytest.raises(FileExistsError, match='air drumming cannot be renamed'):
        prepare('kinetics400', root / 'kinetics400', rename=True)
    assert (folder / 'air drumming').is_dir()
