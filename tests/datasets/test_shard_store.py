"""A store that is slow or fails for a while is asked again, and then named."""

import errno
import os
import random
import re
import time

import fsspec
import pytest
from commands import free_port
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import known_implementations
from http_store import serving

from projects.xvit.datasets.shards import DamagedMemberError, Store, StoreError
from projects.xvit.datasets.shards import store as store_module

DATA = bytes(range(100))


class FaultyFileSystem(MemoryFileSystem):
    """A file system that does what ``faults`` says, one at each read."""

    protocol = 'faulty'
    cachable = False
    faults: list = []

    @classmethod
    def _strip_protocol(cls, path):
        return super()._strip_protocol(path.replace('faulty://', 'memory://'))

    def cat_file(self, path, version_id=None, start=None, end=None, **kwargs):  # As s3fs.
        random.random()  # As botocore does between two tries of its own.
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Exception):
            raise fault
        if isinstance(fault, float):
            time.sleep(fault)
        assert version_id is None
        if start and start >= self.size(path):
            raise OSError(errno.EINVAL, 'The requested range is not satisfiable')
        data = super().cat_file(path, start, end, **kwargs)
        return data[:fault] if isinstance(fault, int) else data


fsspec.register_implementation('faulty', FaultyFileSystem, clobber=True)


class TooMany(Exception):
    status = 429


class Forbidden(Exception):
    status = 403


@pytest.fixture
def faults():
    """What the next reads of ``faulty://box`` get."""
    FaultyFileSystem().pipe_file('/box/a.tar', DATA)
    FaultyFileSystem.faults = []
    yield FaultyFileSystem.faults
    FaultyFileSystem.faults = []


@pytest.fixture
def log(monkeypatch):
    """What is logged, and no waiting between tries."""
    lines = []
    monkeypatch.setattr(store_module, 'print_log', lambda text, **_: lines.append(text))
    monkeypatch.setattr(store_module, 'LONGEST_WAIT', 0.001)
    return lines


def test_any_range_of_any_protocol(tmp_path, faults):
    (tmp_path / 'a.tar').write_bytes(DATA)
    for folder in (str(tmp_path), f'file://{tmp_path}', 'faulty://box/'):
        store = Store(folder)
        assert store.read('a.tar') == DATA
        assert store.read('a.tar', 3, 9) == DATA[3:9]
        assert store.read('a.tar', 99, 100) == DATA[99:]


@pytest.mark.parametrize(
    ('fault', 'reason'),
    [
        (OSError('broken'), 'OSError: broken'),
        (TooMany('slow down'), 'TooMany: slow down'),
        (RuntimeError('of some library'), 'RuntimeError: of some library'),
        (0.5, 'TimeoutError: no answer in 0.1 s'),
        (2, '2 bytes came instead of 6'),
    ],
)
def test_what_may_pass_is_tried_again_and_logged(fault, reason, faults, log):
    store = Store('faulty://box', attempts=3, timeout=0.1)
    faults += [fault, fault]
    assert store.read('a.tar', 3, 9, of='v.mp4') == DATA[3:9]
    assert len(log) == 2
    for number, line in enumerate(log, start=1):
        assert f'try {number} of 3 to read v.mp4 in faulty://box/a.tar from byte 3' in line
        assert line.endswith(reason)

    faults += [fault] * 3
    message = f'v.mp4 in faulty://box/a.tar: 3 tries failed, the last with {reason}'
    with pytest.raises(StoreError, match=re.escape(message)):
        store.read('a.tar', 3, 9, of='v.mp4')
    assert not faults


@pytest.mark.parametrize('fault', [PermissionError('no'), Forbidden('no')])
def test_what_does_not_pass_is_not_tried_again(fault, faults, log):
    faults += [fault]
    with pytest.raises(
        StoreError, match=f'^faulty://box/a.tar: {type(fault).__name__}: no'
    ):
        Store('faulty://box').read('a.tar', 3, 9)
    assert not log


def test_missing_and_cut_files_are_named_at_once(tmp_path, faults, log):
    (tmp_path / 'a.tar').write_bytes(DATA)
    for folder in (str(tmp_path), 'faulty://box'):
        with pytest.raises(StoreError, match=f'v.mp4 in {folder}/b.tar: FileNotFoundError'):
            Store(folder).read('b.tar', 3, 9, of='v.mp4')
        for start in (90, 100, 200):
            with pytest.raises(
                DamagedMemberError,
                match=f'v.mp4 in {folder}/a.tar: the file is cut short: it has 100 bytes, '
                f'and the video ends at byte {start + 20}',
            ):
                Store(folder).read('a.tar', start, start + 20, of='v.mp4')
    assert not log


def test_reading_draws_no_random_number(faults, log):
    random.seed(5)
    expected = random.random()
    faults += [OSError('broken')] * 3
    random.seed(5)
    assert Store('faulty://box').read('a.tar') == DATA
    assert len(log) == 3 and random.random() == expected


def test_waits_grow_to_a_limit():
    assert Store('x', attempts=1, timeout=5).longest_read == 5
    assert Store('x', attempts=4, timeout=5).longest_read == 20 + 1 + 2 + 4
    assert Store('x', attempts=9, timeout=1).longest_read == 9 + 63 + 32 + 32


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match='attempts must be at least 1, got 0'):
        Store('x', attempts=0)
    with pytest.raises(ValueError, match='timeout must be above 0 seconds, got 0'):
        Store('x', timeout=0)
    with pytest.raises(StoreError, match=r'nowhere://x: .*nowhere'):
        Store('nowhere://x').read('a')


def test_protocol_whose_package_is_missing_is_named(monkeypatch):
    monkeypatch.setitem(
        known_implementations,
        'absent',
        {'class': 'no_such_package.FS', 'err': 'Install absentfs to read absent://'},
    )
    with pytest.raises(StoreError, match='absent://x: Install absentfs'):
        Store('absent://x').read('a')


@pytest.fixture
def server(tmp_path):
    pytest.importorskip('aiohttp')
    (tmp_path / 'a.tar').write_bytes(DATA)
    with serving(tmp_path) as server:
        yield server


def test_http_server_that_fails_for_a_while(server, log):
    store = Store(server.url, attempts=4, timeout=0.5)
    assert store.read('a.tar', 3, 9) == DATA[3:9]
    server.faults += [503, 429, 2.0]
    assert store.read('a.tar', 3, 9) == DATA[3:9]
    reasons = [line.partition('failed: ')[2] for line in log]
    assert len(reasons) == 3 and reasons[2] == 'TimeoutError: no answer in 0.5 s'
    for reason, status in zip(reasons, (503, 429)):
        assert reason.startswith(f'ClientResponseError: {status}')
    server.faults += [500] * 4
    with pytest.raises(StoreError, match=r'4 tries failed, the last with .* 500'):
        store.read('a.tar', 3, 9)


def test_http_server_that_is_down_or_lacks_the_file(server, log):
    store = Store(server.url, attempts=3, timeout=5)
    before = server.requests
    with pytest.raises(StoreError, match=r'b\.tar: FileNotFoundError'):
        store.read('b.tar', 3, 9)
    with pytest.raises(DamagedMemberError, match='cut short: it has 100 bytes'):
        store.read('a.tar', 90, 120)
    with pytest.raises(DamagedMemberError, match='cut short: it has 100 bytes'):
        store.read('a.tar', 100, 120)
    assert not log and server.requests - before == 3
    server.ranges = False
    with pytest.raises(StoreError, match='the server has no byte ranges: 100 bytes came'):
        store.read('a.tar', 3, 9)
    with pytest.raises(StoreError, match='3 tries failed, the last with ClientConnector'):
        Store(f'http://127.0.0.1:{free_port()}', attempts=3).read('a.tar', 3, 9)


def test_a_fork_reads_by_its_own_connection(server):
    store = Store(server.url)
    assert store.read('a.tar', 0, 5) == DATA[:5]
    for _ in range(2):
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                code = store.read('a.tar', 3, 9) != DATA[3:9]
            finally:
                os._exit(code)
        assert os.waitpid(pid, 0)[1] == 0
    assert store.read('a.tar', 3, 9) == DATA[3:9]
