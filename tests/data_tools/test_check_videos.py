"""Every video of a list is decoded. A bad one does not stop the others."""

import csv
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import decord
import imageio_ffmpeg
import numpy as np
import pytest
from mini_downloads import TOOLS, write_video


def cut(path, fraction):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])


def garble(path):
    """Write random bytes into the middle, but not into the index at an mp4's end."""
    data = bytearray(path.read_bytes())
    end = min(data.find(b'moov') % len(data), len(data)) - 8
    middle = slice(end * 3 // 10, end * 7 // 10)
    data[middle] = np.random.default_rng(0).bytes(middle.stop - middle.start)
    path.write_bytes(data)


@pytest.fixture
def root(tmp_path):
    """Two good videos, and one of each kind of bad ones."""
    root = tmp_path / 'videos'
    for name in ('good', 'cut', 'garbled'):
        write_video(root / f'{name}.mp4')
    write_video(root / 'sub/good.webm', codec='VP90')
    write_video(root / 'cut.webm', codec='VP90')
    write_video(root / 'crash.avi', codec='MJPG')
    (root / 'empty.mp4').touch()
    (root / 'text.mp4').write_text('not found\n' * 50)
    cut(root / 'cut.mp4', 0.8)
    cut(root / 'cut.webm', 0.6)
    cut(root / 'crash.avi', 0.6)
    garble(root / 'garbled.mp4')
    return root


BAD = {
    'cut.mp4': 'undecodable',
    'cut.webm': 'damaged',
    'crash.avi': 'crashed',
    'empty.mp4': 'undecodable',
    'text.mp4': 'undecodable',
    'garbled.mp4': 'undecodable',
    'missing.mp4': 'missing',
}


def write_list(root, *videos):
    path = root.parent / 'list.txt'
    path.write_text(''.join(f'{video} {i}\n' for i, video in enumerate(videos)))
    return path


def rows(path):
    with path.open(newline='') as file:
        return {row['video']: row for row in csv.DictReader(file)}


def test_why_stderr_is_read(root):
    """decord reads a truncated WebM as a shorter video. An AVI crashes it."""
    assert 0 < decord.VideoReader(str(root / 'cut.webm'))[:].shape[0] < 24
    done = subprocess.run(
        [sys.executable, '-c', CRASH, str(root / 'crash.avi')], capture_output=True
    )
    assert done.returncode == -signal.SIGSEGV


CRASH = 'import decord, sys; decord.VideoReader(open(sys.argv[1], "rb"))'


def test_bad_videos_are_reported_and_the_others_kept(root, tool):
    path = write_list(root, 'good.mp4', *BAD, 'sub/good.webm', 'good.mp4')
    code, printed = tool('data/check_videos', path, root, '--processes', 2)
    assert code == 1, printed
    clean = root.parent / 'list_clean.txt'
    assert clean.read_text() == 'good.mp4 0\nsub/good.webm 8\ngood.mp4 9\n'
    found = rows(root.parent / 'list_bad.csv')
    assert {video: row['problem'] for video, row in found.items()} == BAD
    assert [int(row['line']) for row in found.values()] == list(range(2, 9))
    assert found['crash.avi']['detail'] == 'its process died (SIGSEGV)'
    assert found['empty.mp4']['detail'] == 'no bytes'
    assert 'Error' in found['garbled.mp4']['detail']
    assert '[matroska,webm] ' in found['cut.webm']['detail']
    assert not any('0x' in row['detail'] for row in found.values())
    assert '8 of 9 videos to decode' in printed  # Two lines have the same video.

    _, printed = tool('data/check_videos', path, root, '--keep-damaged')
    assert '1 of 9 videos to decode' in printed  # The one that crashed.
    assert 'cut.webm 2\n' in clean.read_text() and len(clean.read_text().split()) == 8


def test_what_decord_cannot_open_is_decoded_as_training_does(root, tool, monkeypatch):
    """AV1; and all is checked again for another decoder."""
    pytest.importorskip('av')
    command = [imageio_ffmpeg.get_ffmpeg_exe(), '-v', 'error', '-i', root / 'good.mp4']
    command += ['-c:v', 'libsvtav1', '-preset', '12', root / 'av1.mp4']
    subprocess.run(command, check=True, capture_output=True)
    path = write_list(root, 'good.mp4', 'av1.mp4', 'text.mp4')
    for decoder, bad in [('decord', ['av1.mp4', 'text.mp4']), ('pyav', ['text.mp4'])]:
        monkeypatch.setenv('XVIT_DECODER', decoder)
        _, printed = tool('data/check_videos', path, root)
        assert '3 of 3 videos to decode' in printed
        found = rows(root.parent / 'list_bad.csv')
        assert {video: row['problem'] for video, row in found.items()} == dict.fromkeys(
            bad, 'undecodable'
        )
        assert found['text.mp4']['detail'].startswith('Error reading')


def test_changed_videos_are_checked_again(root, tool):
    path = write_list(root, 'good.mp4', 'cut.mp4')
    tool('data/check_videos', path, root)
    write_video(root / 'cut.mp4')
    code, printed = tool('data/check_videos', path, root)
    assert code == 0 and '1 of 2 videos to decode' in printed
    assert (root.parent / 'list_clean.txt').read_text() == path.read_text()
    assert (root.parent / 'list_bad.csv').read_text() == 'line,video,problem,detail\n'


def test_a_hanging_video_costs_its_time_limit_only(root, tool):
    os.mkfifo(root / 'hangs.mp4')  # Reading waits for a writer that never comes.
    path = write_list(root, 'hangs.mp4', 'good.mp4')
    _, printed = tool('data/check_videos', path, root, '--processes', 1, '--time-limit', 4)
    assert rows(root.parent / 'list_bad.csv')['hangs.mp4']['problem'] == 'timeout'
    assert (root.parent / 'list_clean.txt').read_text() == 'good.mp4 1\n', printed


def children(pid):
    return Path(f'/proc/{pid}/task/{pid}/children').read_text().split()


def alive(pid):
    try:
        return 'State:\tZ' not in Path(f'/proc/{pid}/status').read_text()
    except FileNotFoundError:
        return False


def wait_for(condition):
    """The limit only ends a broken test: a slow machine needs far less."""
    end = time.monotonic() + 600
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def halfway(root):
    """A run whose one worker hangs on the second of three videos."""
    os.mkfifo(root / 'hangs.mp4')
    path = write_list(root, 'good.mp4', 'hangs.mp4', 'sub/good.webm')
    command = [TOOLS / 'check_videos.py', path, root, '--processes', 1, '--time-limit', 999]
    with (root / 'stderr').open('w') as stderr:
        process = subprocess.Popen(
            [sys.executable, *map(str, command)], stderr=stderr, start_new_session=True
        )
    journal = root.parent / 'list_checked.jsonl'
    wait_for(lambda: journal.exists() and 'good.mp4' in journal.read_text())
    workers = children(process.pid)
    readers = [child for worker in workers for child in children(worker)]
    yield process, path, root, workers + readers, readers
    process.kill()
    process.wait()


@pytest.mark.parametrize('how', [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_goes_on(halfway, how, tool):
    process, path, root, others, _ = halfway
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # As Ctrl-C does.
    else:
        process.kill()
    process.wait()
    if how == signal.SIGINT:
        stderr = (root / 'stderr').read_text()
        assert process.returncode == 1 and 'the same command goes on' in stderr
        assert 'Traceback' not in stderr
    made = sorted(file.name for file in root.parent.iterdir())
    assert made == ['list.txt', 'list_checked.jsonl', 'videos']  # No half-written list.

    def ended():
        with suppress(OSError):  # The reader waits for a writer, unless it has ended.
            os.close(os.open(root / 'hangs.mp4', os.O_WRONLY | os.O_NONBLOCK))
        return not any(map(alive, others))

    wait_for(ended)
    (root / 'hangs.mp4').unlink()
    write_video(root / 'hangs.mp4')
    with (root.parent / 'list_checked.jsonl').open('a') as file:
        file.write('\n["sub/good.webm", 1')  # A kill in the middle of a write leaves this.
    code, printed = tool('data/check_videos', path, root)
    assert code == 0 and '2 of 3 videos to decode' in printed
    assert (root.parent / 'list_clean.txt').read_text() == path.read_text()


def test_a_killed_reader_counts_as_a_bad_video(halfway):
    process, _, root, _, readers = halfway
    for reader in readers:
        os.kill(int(reader), signal.SIGKILL)
    process.wait()
    (bad,) = rows(root.parent / 'list_bad.csv').values()
    assert (bad['video'], bad['problem']) == ('hangs.mp4', 'crashed')
    assert bad['detail'] == 'its process died (SIGKILL)'
    assert 'sub/good.webm' in (root.parent / 'list_clean.txt').read_text()


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        ('', 'list.txt is empty'),
        ('a b.mp4 1\n', 'list.txt:1: expected "path label", got \'a b.mp4 1\''),
        ('good.mp4 0\ngood.mp4 x\n', 'list.txt:2: expected "path label"'),
        ('other.mp4 0\n', 'no video of .*list.txt decodes: is it relative to ROOT?'),
    ],
)
def test_bad_lists_are_named(root, tool, content, message):
    path = root.parent / 'list.txt'
    path.write_text(content)
    error, _ = tool('data/check_videos', path, root)
    assert error.startswith('error: ') and re.search(message, error)
    assert not (root.parent / 'list_clean.txt').exists()


def test_bad_arguments_are_named(root, tool):
    path = write_list(root, 'good.mp4')
    code, printed = tool('data/check_videos', path, root / 'nowhere')
    assert code == 2 and 'nowhere is not a folder' in printed
    code, printed = tool('data/check_videos', path, root, '--time-limit', 0)
    assert code == 2 and '--time-limit must be above 0' in printed
