"""Files, folders and lists become one list of videos, each once."""

import os

import pytest

from projects.xvit.predict.sources import find_videos
from projects.xvit.streaming.sources import is_live


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return str(path)


def test_folders_at_any_depth_lists_and_files(tmp_path):
    root = tmp_path / 'some videos'
    inside = [touch(root / name) for name in ('b.MP4', 'c/a.avi', 'c/d/ü, 1.webm')]
    touch(root / 'notes.md')
    outside = touch(tmp_path / 'other/linked.mkv')
    os.symlink(tmp_path / 'other', root / 'z')
    os.symlink(root, root / 'c/loop')
    found = find_videos([str(root)])
    assert found == [*inside, str(root / 'z/linked.mkv')]

    odd = touch(tmp_path / 'no suffix')
    videos = tmp_path / 'list.txt'
    videos.write_text(f'some videos/b.MP4\n\n {outside}\r\nnot there.mp4\n', 'utf-8')
    listed = [inside[0], outside, str(tmp_path / 'not there.mp4')]
    assert find_videos([odd, str(videos), str(root)]) == [odd, *listed, *found[1:]]


def test_nothing_to_predict_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match='not_there does not exist'):
        find_videos([str(tmp_path / 'not_there')])
    with pytest.raises(ValueError, match=r'the folder .* has no video \(\.3gp'):
        find_videos([str(tmp_path)])
    empty = tmp_path / 'empty.txt'
    empty.write_text('\n')
    with pytest.raises(ValueError, match=r'the list .*empty\.txt is empty'):
        find_videos([str(empty)])
    empty.write_bytes(b'\xff\xfe\xff')
    with pytest.raises(ValueError, match=r'empty\.txt is not UTF-8 text'):
        find_videos([str(empty)])


def test_cameras_and_addresses_are_live_and_files_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_live('0') and is_live('rtsp://camera/1')
    (tmp_path / '7').touch()
    assert not is_live('7') and not is_live('video.mp4')
