"""Write videos into tar files of about one size, and note where each is."""

import os
import tarfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from projects.xvit.datasets.shards import ENTRY, key_of
from projects.xvit.files import replacing


class Source(NamedTuple):
    """A video to put into a shard: its name there, its bytes and its time of change."""

    name: str
    size: int
    mtime: int


class Members(NamedTuple):
    """A finished shard: its number, its bytes, and a row for each video.

    A row is ``(offset, size, head, crc32)``: see ``ENTRY``.
    """

    shard: int
    size: int
    rows: list[tuple[int, int, int, int]]


def plan_shards(sources: Sequence[Source], limit: int) -> list[list[Source]]:
    """Return the videos of each shard, in their order. A shard ends once it has ``limit``
    bytes of videos."""
    shards, size = [], limit
    for source in sources:
        if size >= limit:
            shards.append([])
            size = 0
        shards[-1].append(source)
        size += source.size
    return shards


def write_shard(task: tuple[Path, int, Path, list[Source]]) -> Members:
    """Write one tar file, whole or not at all. The same videos give the same bytes.

    Args:
        task: The file, its number, the folder of the videos, and the videos.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If a video has changed since the plan was made.
    """
    path, number, root, sources = task
    rows = []
    with replacing(path) as file:
        with tarfile.open(fileobj=file, mode='w') as tar:
            for source in sources:
                member = tarfile.TarInfo(source.name)
                member.size, member.mtime = source.size, source.mtime
                head = len(member.tobuf(tar.format, tar.encoding, tar.errors))
                offset = tar.offset
                with (root / source.name).open('rb') as video:
                    content = _Summed(video)
                    _check(video, source, root)
                    tar.addfile(member, content)
                    _check(video, source, root)
                rows.append((offset, source.size, head, content.crc32))
        size = file.tell()
    return Members(number, size, rows)


class _Summed:
    """A file whose CRC-32 is computed while it is read."""

    def __init__(self, file: IO) -> None:
        self.file = file
        self.crc32 = 0

    def read(self, size: int) -> bytes:
        data = self.file.read(size)
        self.crc32 = zlib.crc32(data, self.crc32)
        return data


def _check(video: IO, source: Source, root: Path) -> None:
    stat = os.fstat(video.fileno())
    if (stat.st_size, int(stat.st_mtime)) != (source.size, source.mtime):
        raise ValueError(f'{root / source.name} has changed; run the command again')


def write_index(path: Path, shards: list[list[Source]], done: dict[int, Members]) -> None:
    """Write the index of all shards, whole or not at all.

    Args:
        path: The file.
        shards: The videos of each shard.
        done: Where they are, for each shard.

    Raises:
        OSError: If it cannot be written.
        ValueError: If two names have the same key.
    """
    names = [source.name for shard in shards for source in shard]
    rows = [row for number in range(len(shards)) for row in done[number].rows]
    table = np.empty(len(names), ENTRY)
    table['key'] = [key_of(name) for name in names]
    table['shard'] = np.repeat(np.arange(len(shards)), [len(shard) for shard in shards])
    for column, values in zip(('offset', 'size', 'head', 'crc32'), zip(*rows)):
        table[column] = values
    order = np.argsort(table['key'], kind='stable')
    table = table[order]
    equal = np.flatnonzero(table['key'][1:] == table['key'][:-1])
    if len(equal):
        one, other = names[order[equal[0]]], names[order[equal[0] + 1]]
        raise ValueError(f'{one} and {other} have the same key: rename one of them')
    with replacing(path) as file:
        np.save(file, table)
