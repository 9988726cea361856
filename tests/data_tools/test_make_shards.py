"""Videos are put into tar files, whole or not at all; a killed run goes on."""

import os
import re
import signal
import subprocess
import sys
import tarfile

import pytest
from commands import finish, start
from http_store import wait_until
from mini_downloads import TOOLS

from projects.xvit.datasets.shards import TarShardsBackend, open_index

NAMES = [
    'a.mp4',
    'sub/vidéo.mp4',
    f'{"long/" * 30}b.mp4',
    f'c/{"longer_than_a_header/" * 15}c.webm',
    'empty.mp4',
    *(f'{i}.mp4' for i in range(5)),
]


@pytest.fixture
def root(tmp_path):
    """Files of 1000 bytes and more, and two lists that share some."""
    root = tmp_path / 'videos'
    for number, name in enumerate(NAMES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        content = os.urandom(1000 + 100 * number)
        (root / name).write_bytes(b'' if name == 'empty.mp4' else content)
    for part, names in (('train', NAMES[:7]), ('val', NAMES[5:])):
        lines = [f'{name} 1\n' for name in names]
        (tmp_path / f'{part}.txt').write_text(''.join(lines))
    return root


def make(tool, root, *options, lists=('train.txt', 'val.txt')):
    open_index.cache_clear()
    lists = [root.parent / name for name in lists]
    arguments = (*lists, root.parent / 'out', '--root', root, '--processes', 1)
    return tool('data/make_shards', *arguments, '--size', '2e-6', *options)


def times(out):
    return {path.name: path.stat().st_mtime_ns for path in out.glob('*.[tn][ap][ry]')}


def test_every_video_is_there_by_its_name(root, tool):
    code, printed = make(tool, root)
    assert code == 0, printed
    assert f'{len(NAMES)} videos' in printed and 'is complete' in printed
    out, shards = root.parent / 'out', []
    for path in sorted(out.glob('*.tar')):
        with tarfile.open(path) as tar:
            shards.append({m.name: tar.extractfile(m).read() for m in tar.getmembers()})
        listed = subprocess.run(['tar', 'tf', path], stdout=subprocess.PIPE, check=True)
        assert len(listed.stdout.splitlines()) == len(shards[-1])
    assert len(shards) == 5 and not list(out.glob('*.tmp'))
    assert [name for shard in shards for name in shard] == NAMES  # In the lists' order.
    backend = TarShardsBackend(str(out))
    assert len(backend.index) == len(NAMES)
    for name in NAMES:
        assert backend.get(name) == (root / name).read_bytes()

    before = times(out)
    assert make(tool, root)[0] == 0 and times(out) == before
    assert len(before) == 6

    # What was lost since is written again, and nothing else. The bytes are the same.
    lost = out / 'shard-000001.tar'
    content = lost.read_bytes()
    lost.unlink()
    (out / 'shard-000003.tar').write_bytes(b'cut')
    (out / 'shard-000003.tar.01234567.tmp').touch()
    code, printed = make(tool, root)
    assert code == 0 and '2 to write' in printed and lost.read_bytes() == content
    after = times(out)
    same = {name for name in before if before[name] == after[name]}
    assert same == {f'shard-00000{i}.tar' for i in (0, 2, 4)}
    assert not list(out.glob('*.tmp'))


def test_missing_videos_are_listed_and_nothing_is_written(root, tool):
    (root / '3.mp4').unlink()
    (root / '4.mp4').unlink()
    (root / '4.mp4').mkdir()
    code, _ = make(tool, root)
    out = root.parent / 'out'
    assert str(code).startswith(f'error: 2 lines have no video below {root}')
    assert [path.name for path in out.iterdir()] == ['missing.csv']
    lines = (out / 'missing.csv').read_text().splitlines()
    assert lines[1].endswith('val.txt,4,3.mp4,No such file or directory')
    assert lines[2].endswith('val.txt,5,4.mp4,not a file')
    (root / '4.mp4').rmdir()
    for name in ('3.mp4', '4.mp4'):
        (root / name).write_bytes(b'x')
    assert make(tool, root)[0] == 0 and not (out / 'missing.csv').exists()


def test_finished_shards_are_never_replaced_by_others(root, tool):
    assert make(tool, root)[0] == 0
    before = times(root.parent / 'out')
    message = 'has the shards of other lists'
    assert message in make(tool, root, lists=['train.txt'])[0]
    assert message in make(tool, root, '--size', '4e-6')[0]
    os.utime(root / 'a.mp4', (1, 1))
    assert message in make(tool, root)[0]
    assert times(root.parent / 'out') == before

    # Of an unfinished run, what is still right is kept.
    (root.parent / 'out/index.npy').unlink()
    code, printed = make(tool, root)
    assert code == 0 and '1 to write' in printed
    code, printed = make(tool, root)
    assert code == 0 and '0 to write' in printed


def test_a_video_that_changes_meanwhile_is_named(root, tool, monkeypatch):
    from preparation import shards

    check = shards._check

    def change(video, source, folder):
        if source.name == '1.mp4':
            with (root / '1.mp4').open('ab') as file:
                file.write(b'more')
        check(video, source, folder)

    monkeypatch.setattr(shards, '_check', change)
    code, _ = make(tool, root)
    assert re.search(r'error: 1 of 5 shards could not .*1\.mp4 has changed; run', code)
    assert not (root.parent / 'out/index.npy').exists()


def test_two_names_with_one_key_are_refused(root, tool, monkeypatch):
    from preparation import shards

    monkeypatch.setattr(shards, 'key_of', lambda name: len(name) if '.w' in name else 1)
    assert ' have the same key: rename one of them' in make(tool, root)[0]
    assert not (root.parent / 'out/index.npy').exists()


@pytest.mark.parametrize(
    ('line', 'options', 'message'),
    [
        ('a.mp4 x\n', (), r'bad\.txt:1: expected "path label"'),
        ('/a.mp4 0\n', (), r"bad\.txt:1: the path must be relative .* got '/a.mp4'"),
        ('../a.mp4 0\n', (), r'bad\.txt:1: the path must be relative'),
        ('./a.mp4 0\n', (), r'bad\.txt:1: the path must be relative'),
        ('a.mp4 0\n', ('--size', '0'), r'--size must be above 0'),
        ('a.mp4 0\n', ('--root', 'nowhere'), r'--root nowhere is not a folder'),
    ],
)
def test_bad_input_is_named(line, options, message, root, tool):
    (root.parent / 'bad.txt').write_text(line)
    code, printed = make(tool, root, *options, lists=['bad.txt'])
    assert re.search(message, f'{code}{printed}')


@pytest.mark.slow
def test_a_killed_run_goes_on(root):
    """Killed while it writes a shard, with several processes."""
    names = [f'big/{i}.mp4' for i in range(16)]
    (root / 'big').mkdir()
    for old, name in zip(['', *names], names):
        if names.index(name) % 4:  # Saves the time to write it.
            os.link(root / old, root / name)
        else:
            (root / name).write_bytes(os.urandom(1 << 20) * 64)
    (root.parent / 'train.txt').write_text(''.join(f'{name} 0\n' for name in names))
    out = root.parent / 'out'
    command = (sys.executable, TOOLS / 'make_shards.py', root.parent / 'train.txt', out)
    command += ('--root', root, '--size', '0.1', '--processes', '2')
    process = start(*command)
    journal = out / 'shards.jsonl'
    wait_until(lambda: journal.is_file() and len(journal.read_text().split()) > 0)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (out / 'index.npy').exists()
    done = times(out)
    assert 1 <= len(done) < 8
    code, printed = finish(start(*command))
    assert code == 0, printed
    after = times(out)
    # A shard whose line was not written yet is written again.
    assert sum(after[name] == time for name, time in done.items()) >= len(done) - 1
    backend = TarShardsBackend(str(out))
    for name in names:
        assert backend.get(name) == (root / name).read_bytes()
    assert not list(out.glob('*.tmp'))
