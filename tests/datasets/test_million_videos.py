"""An index of a million videos costs little memory and time. ``-s`` prints how much."""

import json
import os
import random
import sys
import time

import pytest
from mmaction.registry import DATASETS
from mmengine.registry import init_default_scope
from shard_files import writing

from projects.xvit.datasets.shards import INDEX_NAME, StoreError, TarShardsBackend
from projects.xvit.datasets.shards import index as index_module

pytestmark = pytest.mark.slow

COUNT, A_SHARD, WORKERS = 1_000_000, 1000, 8


@pytest.fixture(scope='module')
def names():
    return [f'class_{i % 400}/video_{i:011}_000010_000020.mp4' for i in range(COUNT)]


@pytest.fixture(scope='module')
def folder(names, tmp_path_factory):
    """An index as ``make_shards.py`` writes it, and the list. The shards are not there."""
    folder = tmp_path_factory.mktemp('shards')
    sources = [writing.Source(name, 999_000, 0) for name in names]
    plan = [sources[i : i + A_SHARD] for i in range(0, COUNT, A_SHARD)]
    rows = [(i * 1_000_448, 999_000, 512, i) for i in range(A_SHARD)]
    done = {i: writing.Members(i, 10**9, rows) for i in range(len(plan))}
    writing.write_index(folder / INDEX_NAME, plan, done)
    lines = (f'{name} {i % 400}\n' for i, name in enumerate(names))
    (folder / 'list.txt').write_text(''.join(lines))
    return folder


def memory() -> dict[str, float]:
    """This process's memory in MB: its own, and that of files, which others share."""
    with open('/proc/self/status') as file:
        lines = dict(line.split(':', 1) for line in file if line.startswith('Rss'))
    return {name: int(value.split()[0]) / 1e3 for name, value in lines.items()}


def in_a_fork(function):
    """What a function returns in a fork of this process."""
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            os.write(writer, json.dumps(function()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader) as file:
        answer = file.read()
    os.wait()
    return json.loads(answer)


def test_million_names_in_an_index(names, folder):
    size = (folder / INDEX_NAME).stat().st_size
    assert size < 37 * COUNT
    index_module.open_index.cache_clear()
    before, start = memory(), time.perf_counter()
    backend = TarShardsBackend(str(folder))
    opened = time.perf_counter() - start
    assert len(backend.index) == COUNT
    wanted = random.Random(0).sample(range(COUNT), 20_000)

    def look_up():
        own = memory()
        start = time.process_time()
        for i in wanted:
            found = backend.index.find(names[i])
            place = found.shard, found.offset, found.crc32
            assert place == (i // A_SHARD, i % A_SHARD * 1_000_448, i % A_SHARD)
        taken = time.process_time() - start
        return taken, memory()['RssAnon'] - own['RssAnon']

    taken, own = in_a_fork(look_up)
    look_up()
    after = memory()
    assert after['RssAnon'] - before['RssAnon'] < 20
    assert own < 20
    start = time.process_time()
    missing = backend.index.missing([*names, 'other.mp4'])
    checked = time.process_time() - start
    assert missing.tolist() == [COUNT]
    with pytest.raises(LookupError):
        backend.get('other.mp4')
    with pytest.raises(StoreError, match=r'shard-000000\.tar'):
        backend.get(names[0])
    shared = after['RssFile'] - before['RssFile']
    print(
        f'\n{COUNT} videos: a file of {size / 1e6:.1f} MB, opened in '
        f'{opened * 1e3:.1f} ms, of which a process maps {shared:.1f} MB; it has '
        f'{own:.1f} MB of its own after {len(wanted)} look-ups of '
        f'{taken / len(wanted) * 1e6:.1f} us each; all names checked in {checked:.1f} s',
        file=sys.stderr,
    )


def test_data_set_of_a_million_videos(folder):
    """What starting it takes in a new process, with the index and without."""
    init_default_scope('mmaction')
    pipeline = [dict(type='DecordInit'), dict(type='PackActionInputs')]

    def build(shards):
        start, before = time.process_time(), memory()
        data = DATASETS.build(
            dict(
                type='CheckedVideoDataset',
                ann_file=str(folder / 'list.txt'),
                pipeline=pipeline,
                shards=shards,
            )
        )
        assert len(data) == COUNT
        assert data.get_data_info(COUNT - 1)['label'] == (COUNT - 1) % 400
        taken = time.process_time() - start
        return taken, memory()['RssAnon'] - before['RssAnon']

    index_module.open_index.cache_clear()
    for shards in (None, str(folder)):
        taken, own = in_a_fork(lambda shards=shards: build(shards))
        print(
            f'\na data set of {COUNT} videos, {"from shards" if shards else "as files"}: '
            f'{taken:.1f} s and {own:.0f} MB to start',
            file=sys.stderr,
        )
