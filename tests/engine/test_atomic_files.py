"""Files are whole or not there at all."""

import builtins
import errno
import os
import stat
import threading

import mmengine
import pytest

from projects.xvit.files import replacing


def full_disk(monkeypatch):
    def fsync(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, 'fsync', fsync)


def test_mmengine_writes_local_files_so(tmp_path):
    mmengine.fileio.put(b'bytes', tmp_path / 'new/folder/file')
    mmengine.dump({'a': 1}, tmp_path / 'new/a.json')
    assert (tmp_path / 'new/folder/file').read_bytes() == b'bytes'
    assert mmengine.load(tmp_path / 'new/a.json') == {'a': 1}


def test_file_is_untouched_until_the_new_one_is_whole(tmp_path):
    path = tmp_path / 'file'
    path.write_text('old')
    with replacing(path, 'w') as file:
        file.write('new')
        file.flush()
        assert path.read_text() == 'old'
    assert path.read_text() == 'new' and os.listdir(tmp_path) == ['file']


def test_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / 'file'
    path.write_text('old')
    with pytest.raises(ZeroDivisionError), replacing(path) as file:
        file.write(b'half')
        1 / 0  # noqa: B018
    full_disk(monkeypatch)
    with pytest.raises(OSError, match='No space left'):
        mmengine.fileio.put(b'new', path)
    assert path.read_text() == 'old' and os.listdir(tmp_path) == ['file']


def test_permissions_are_those_of_a_plain_file(tmp_path):
    for name, write in (('ours', replacing), ('plain', builtins.open)):
        with write(tmp_path / name, 'w') as file:
            file.write('x')
    ours, plain = (stat.S_IMODE((tmp_path / n).stat().st_mode) for n in ('ours', 'plain'))
    assert ours == plain


def test_link_stays_a_link_and_a_pipe_a_pipe(tmp_path):
    (tmp_path / 'link').symlink_to(tmp_path / 'file')
    with replacing(tmp_path / 'link') as file:
        file.write(b'x')
    assert (tmp_path / 'link').is_symlink() and (tmp_path / 'file').read_bytes() == b'x'

    os.mkfifo(tmp_path / 'pipe')
    read = []
    reader = threading.Thread(
        target=lambda: read.append((tmp_path / 'pipe').read_text()), daemon=True
    )
    reader.start()
    with replacing(tmp_path / 'pipe', 'w') as file:
        file.write('through')
    reader.join(10)
    assert read == ['through'] and (tmp_path / 'pipe').is_fifo()
