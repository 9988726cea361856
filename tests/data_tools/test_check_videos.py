"""Every video of a list is decoded; bad ones, crashes and hangs cost only themselves."""

import csv
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import decord
import numpy as np
import pytest
from mini_downloads import TOOLS, run, write_video


def cut(path, fraction):
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * fraction)])


def garble(path):
    """Random bytes in the middle; the index at an mp4's end stays whole."""
    data = bytearray(path.read_bytes())
    end = min(data.find(b'moov') % len(data), len(data)) - 8
    middle = slice(end * 3 // 10, end * 7 // 10)
    data[middle] = np.random.default_rng(0).bytes(middle.stop - middle.start)
    path.write_bytes(data)


@pytest.fixture
def root(tmp_path):
    """Two whole videos, and one of each way to be bad."""
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
    """A WebM that is cut short is, to decord, a shorter video; an AVI kills the process."""
    assert 0 < decord.VideoReader(str(root / 'cut.webm'))[:].shape[0] < 24
    done = subprocess.run(
        [sys.executable, '-c', CRASH, str(root / 'crash.avi')], capture_output=True
    )
    assert done.returncode == -signal.SIGSEGV


CRASH = 'import decord, sys; decord.VideoReader(open(sys.argv[1], "rb"))'


def test_bad_videos_are_reported_and_the_others_kept(root):
    path = write_list(root, 'good.mp4', *BAD, 'sub/good.webm', 'good.mp4')
    done = run('check_videos.py', path, root, '--processes', 2)
    assert done.returncode == 1, done.stderr
    clean = root.parent / 'list_clean.txt'
    assert clean.read_text() == 'good.mp4 0\nsub/good.webm 8\ngood.mp4 9\n'
    found = rows(root.parent / 'list_bad.csv')
    assert {video: row['problem'] for video, row in found.items()} == BAD
    assert [int(row['line']) for row in found.values()] == list(range(2, 9))
    assert found['crash.avi']['detail'] == 'SIGSEGV'
    assert found['empty.mp4']['detail'] == 'no bytes'
    assert 'Error' in found['garbled.mp4']['detail']
    assert '[matroska,webm] ' in found['cut.webm']['detail']
    assert not any('0x' in row['detail'] for row in found.values())
    assert '8 of 9 videos to decode' in done.stdout  # two lines have the same video

    again = run('check_videos.py', path, root, '--keep-damaged')
    assert '1 of 9 videos to decode' in again.stdout  # the one that crashed
    assert 'cut.webm 2\n' in clean.read_text() and len(clean.read_text().split()) == 8


def test_changed_videos_are_checked_again(root):
    path = write_list(root, 'good.mp4', 'cut.mp4')
    run('check_videos.py', path, root)
    write_video(root / 'cut.mp4')
    done = run('check_videos.py', path, root)
    assert done.returncode == 0 and '1 of 2 videos to decode' in done.stdout
    assert (root.parent / 'list_clean.txt').read_text() == path.read_text()
    assert (root.parent / 'list_bad.csv').read_text() == 'line,video,problem,detail\n'


def test_a_hanging_video_costs_its_time_limit_only(root):
    os.mkfifo(root / 'hangs.mp4')  # reading waits for a writer that never comes
    path = write_list(root, 'hangs.mp4', 'good.mp4')
    done = run('check_videos.py', path, root, '--processes', 1, '--time-limit', 2)
    assert rows(root.parent / 'list_bad.csv')['hangs.mp4']['problem'] == 'timeout'
    assert (root.parent / 'list_clean.txt').read_text() == 'good.mp4 1\n', done.stderr


def children(pid):
    return Path(f'/proc/{pid}/task/{pid}/children').read_text().split()


def alive(pid):
    try:
        return 'State:\tZ' not in Path(f'/proc/{pid}/status').read_text()
    except FileNotFoundError:
        return False


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


@pytest.fixture
def halfway(root):
    """A run whose one process hangs on the second of three videos."""
    os.mkfifo(root / 'hangs.mp4')
    path = write_list(root, 'good.mp4', 'hangs.mp4', 'sub/good.webm')
    command = [sys.executable, TOOLS / 'check_videos.py', path, root, '--processes', '1']
    process = subprocess.Popen(
        [str(part) for part in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    journal = root.parent / 'list_checked.jsonl'
    wait_for(lambda: journal.exists() and 'good.mp4' in journal.read_text())
    yield process, path, root
    process.kill()
    process.communicate(timeout=30)


@pytest.mark.parametrize('how', [signal.SIGKILL, signal.SIGINT])
def test_an_interrupted_run_goes_on(halfway, how):
    process, path, root = halfway
    workers = children(process.pid)
    if how == signal.SIGINT:
        os.killpg(process.pid, how)  # as Ctrl-C does
    else:
        process.kill()
    _, stderr = process.communicate(timeout=30)
    if how == signal.SIGINT:
        assert process.returncode == 1 and 'the same command goes on' in stderr
        assert 'Traceback' not in stderr
    made = sorted(file.name for file in root.parent.iterdir())
    assert made == ['list.txt', 'list_checked.jsonl', 'videos']  # no list, not even half
    wait_for(lambda: not any(map(alive, workers)))
    (root / 'hangs.mp4').unlink()
    write_video(root / 'hangs.mp4')
    with (root.parent / 'list_checked.jsonl').open('a') as file:
        file.write('\n["sub/good.webm", 1')  # what a kill in the middle of a write leaves
    done = run('check_videos.py', path, root)
    assert done.returncode == 0 and '2 of 3 videos to decode' in done.stdout
    assert (root.parent / 'list_clean.txt').read_text() == path.read_text()


def test_a_killed_worker_counts_as_a_bad_video(halfway):
    process, _, root = halfway
    for child in children(process.pid):
        if b'spawn_main' in Path(f'/proc/{child}/cmdline').read_bytes():
            os.kill(int(child), signal.SIGKILL)
    process.communicate(timeout=30)
    (bad,) = rows(root.parent / 'list_bad.csv').values()
    assert (bad['video'], bad['problem'], bad['detail']) == (
        'hangs.mp4',
        'crashed',
        'SIGKILL',
    )
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
def test_bad_lists_are_named(root, content, message):
    path = root.parent / 'list.txt'
    path.write_text(content)
    done = run('check_videos.py', path, root)
    assert done.returncode == 1 and message.split('.*')[-1] in done.stderr
    assert not (root.parent / 'list_clean.txt').exists()


def test_bad_arguments_are_named(root):
    path = write_list(root, 'good.mp4')
    done = run('check_videos.py', path, root / 'nowhere')
    assert done.returncode == 2 and 'nowhere is not a folder' in done.stderr
    done = run('check_videos.py', path, root, '--time-limit', 0)
    assert done.returncode == 2 and '--time-limit must be above 0' in done.stderr
