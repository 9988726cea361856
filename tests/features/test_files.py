"""Names of features, and what says that they are whole."""

import json

import numpy as np
import pytest
import torch

from projects.xvit.features.files import find_videos, is_done, write_features


def listed(tmp_path, *lines):
    path = tmp_path / 'list.txt'
    path.write_text('\n'.join(lines))
    return path


def test_folders_of_the_list_are_kept(tmp_path):
    source = listed(tmp_path, 'a/x.mp4 3', '', 'b/x.v2.mp4 1 2', 'y.webm', 'a/x.mp4 4')
    videos = find_videos(source)
    assert videos == {
        'a/x': tmp_path / 'a/x.mp4',
        'b/x.v2': tmp_path / 'b/x.v2.mp4',
        'y': tmp_path / 'y.webm',
    }


def test_paths_may_be_absolute_and_below_the_root(tmp_path):
    source = listed(tmp_path, f'{tmp_path}/in/a/x.mp4 3')
    assert find_videos(source, tmp_path / 'in') == {'a/x': tmp_path / 'in/a/x.mp4'}


@pytest.mark.parametrize(
    ('lines', 'message'),
    [
        (['a/x.mp4', 'a/x.webm'], r'list.txt:2: .*a/x.mp4 and .*a/x.webm would both write'),
        (['../x.mp4 0'], r'list.txt:1: .* is not below'),
        (['/elsewhere/x.mp4 0'], 'is not below'),
        ([''], 'lists no video'),
    ],
)
def test_bad_lists_are_refused(tmp_path, lines, message):
    with pytest.raises(ValueError, match=message):
        find_videos(listed(tmp_path, *lines))


def test_a_video_is_named_by_its_file(tmp_path):
    path = tmp_path / 'my.day.mp4'
    with pytest.raises(FileNotFoundError, match='does not exist'):
        find_videos(path)
    path.touch()
    assert find_videos(path) == {'my.day': path}


def test_written_files_are_done_and_leftovers_are_removed(tmp_path):
    target = tmp_path / 'new/a[1].b'
    target.parent.mkdir()
    leftover = target.parent / 'a[1].b.npy.0123abcd.tmp'
    other = target.parent / 'a[1].npy.0123abcd.tmp'
    leftover.touch()
    other.touch()
    made_by = dict(feat_stride=4)
    assert not is_done(target, made_by)
    rows = torch.randn(5, 3)
    write_features(target, rows.split(2), 5, 'float32', dict(made_by=made_by))
    assert is_done(target, made_by)
    np.testing.assert_array_equal(np.load(f'{target}.npy'), rows.numpy())
    assert not leftover.exists() and other.exists()
    with pytest.raises(ValueError, match='has feat_stride=4, but this run 8'):
        is_done(target, dict(feat_stride=8))


def test_an_error_leaves_nothing(tmp_path):
    def parts():
        yield torch.zeros(2, 3)
        raise TimeoutError

    with pytest.raises(TimeoutError):
        write_features(tmp_path / 'a', parts(), 5, 'float32', {})
    assert not list(tmp_path.iterdir())


def test_features_without_a_description_are_not_done(tmp_path):
    write_features(tmp_path / 'a', [torch.zeros(1, 3)], 1, 'float32', dict(made_by={}))
    (tmp_path / 'a.json').unlink()
    assert not is_done(tmp_path / 'a', {})
    (tmp_path / 'a.json').write_text(json.dumps(dict(made_by={})))
    assert is_done(tmp_path / 'a', {})
