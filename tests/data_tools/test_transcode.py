"""Videos are encoded again with all their frames; a killed run goes on."""

import csv
import os
import re
import signal
import sys

import numpy as np
import pytest
from commands import finish, start
from mini_downloads import TOOLS, write_video

from projects.xvit.datasets.decoders import open_video

COMMAND = (sys.executable, TOOLS / 'transcode.py')


@pytest.fixture
def root(tmp_path):
    """Three videos, one of them damaged, and their list."""
    root = tmp_path / 'videos'
    write_video(root / 'sub/a.mp4')
    write_video(root / 'b.avi', codec='XVID')
    write_video(root / 'cut.mp4')
    data = (root / 'cut.mp4').read_bytes()
    (root / 'cut.mp4').write_bytes(data[: len(data) // 2])
    (tmp_path / 'list.txt').write_text('sub/a.mp4 0\nb.avi 1\ncut.mp4 2\nsub/a.mp4 3\n')
    return root


def transcode(root, *options):
    arguments = root.parent / 'list.txt', root.parent / 'out', '--root', root
    return finish(start(*COMMAND, *arguments, '--processes', '1', *options))


def rows(out):
    with (out / 'list_report.csv').open() as file:
        return {row['video']: row for row in csv.DictReader(file)}


@pytest.mark.slow
def test_videos_keep_their_frames_and_a_second_run_does_nothing(root):
    out = root.parent / 'out'
    code, printed = transcode(root, '--short-side', '48', '--keyframes', '4')
    assert code == 1 and '1 could not be encoded' in printed
    assert 'a core decodes' in printed and '2 videos: ' in printed
    lines = ['sub/a.mp4 0', 'b.mp4 1', 'sub/a.mp4 3']
    assert (out / 'list.txt').read_text().splitlines() == lines
    found = rows(out)
    assert found['cut.mp4']['problem'] and not found['b.avi']['problem']
    assert found['b.avi']['new_size'] == '60x48' and found['b.avi']['frames'] == '24'
    assert found['b.avi']['seconds'] == '2.0'
    assert int(found['b.avi']['new_bytes']) == (out / 'b.mp4').stat().st_size
    assert not (out / 'cut.mp4').exists() and not list(out.rglob('*.tmp'))

    before = {path: path.stat().st_mtime_ns for path in out.rglob('*.mp4')}
    code, _ = transcode(root, '--short-side', '48', '--keyframes', '4')
    assert code == 1 and rows(out) == found
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob('*.mp4')}

    code, printed = transcode(root, '--short-side', '32')
    assert code == 1 and 'is of other settings' in printed

    os.utime(root / 'b.avi')  # A changed video is encoded again.
    transcode(root, '--short-side', '48', '--keyframes', '4')
    assert (out / 'b.mp4').stat().st_mtime_ns > before[out / 'b.mp4']
    assert (out / 'sub/a.mp4').stat().st_mtime_ns == before[out / 'sub/a.mp4']


@pytest.mark.slow
def test_small_videos_keep_their_size_and_look(root):
    code, _ = transcode(root)
    assert code == 1  # The damaged one.
    for old, new in [('sub/a.mp4', 'sub/a.mp4'), ('b.avi', 'b.mp4')]:
        old, new = (
            open_video('torchcodec', str(path)).get_batch(range(24)).astype(float)
            for path in (root / old, root.parent / 'out' / new)
        )
        assert new.shape == old.shape == (24, 64, 80, 3)
        assert np.abs(new - old).mean() < 4


@pytest.mark.slow
def test_a_killed_run_goes_on(root):
    for i in range(6):
        write_video(root / f'{i}.mp4', num_frames=60)
    names = ''.join(f'{i}.mp4 0\n' for i in range(6))
    (root.parent / 'list.txt').write_text(names)
    out = root.parent / 'out'
    arguments = root.parent / 'list.txt', out, '--root', root
    process = start(*COMMAND, *arguments, '--processes', '1')
    while process.poll() is None and not list(out.glob('*.mp4')):
        pass
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    done = {path: path.stat().st_mtime_ns for path in out.glob('*.mp4')}
    code, printed = transcode(root)
    assert code == 0, printed
    assert len(list(out.glob('*.mp4'))) == 6 and not list(out.glob('*.txt.*'))
    assert (out / 'list.txt').read_text() == names
    # At most the file whose line the journal lacks was encoded twice.
    again = [path for path, time in done.items() if path.stat().st_mtime_ns != time]
    assert len(again) <= 1


@pytest.mark.parametrize(
    ('lines', 'options', 'message'),
    [
        ('a.mp4 x\n', (), 'list.txt:1: expected "path label"'),
        ('a.avi 0\na.webm 0\n', (), 'a.avi and a.webm would become one a.mp4'),
        ('a.mp4 0\n', ('--keyframes', '0'), '--keyframes must be above 0'),
        ('a.mp4 0\n', ('--decoder', 'x'), "decoder must be one of .* got 'x'"),
    ],
)
def test_bad_input_is_named(lines, options, message, tmp_path, tool):
    (tmp_path / 'list.txt').write_text(lines)
    error, printed = tool(
        'data/transcode', tmp_path / 'list.txt', tmp_path / 'out', *options
    )
    assert error and re.search(message, f'{error}{printed}')
