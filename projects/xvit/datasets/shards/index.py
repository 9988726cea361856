"""Where each video is: a table of 36 bytes a video, in one NumPy file."""

import functools
import hashlib
import io
from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from fsspec.implementations.local import LocalFileSystem

from .store import Store, StoreError

INDEX_NAME = 'index.npy'

# A row for each video, sorted by ``key``. The member's header starts at byte ``offset`` of
# the shard and has ``head`` bytes. The video follows; it has ``size`` bytes.
ENTRY = np.dtype(
    [
        *(('key', '<u8'), ('offset', '<u8'), ('size', '<u8')),
        *(('head', '<u4'), ('crc32', '<u4'), ('shard', '<u4')),
    ]
)


class Entry(NamedTuple):
    """Where one video is. See ``ENTRY``."""

    key: int
    offset: int
    size: int
    head: int
    crc32: int
    shard: int


def shard_name(number: int) -> str:
    """Return the file name of a shard, counted from 0."""
    return f'shard-{number:06}.tar'


def key_of(name: str) -> int:
    """Return a number of 64 bits for a video's name.

    ``make_shards.py`` refuses two names with one key. The name itself is in the shard.
    """
    return int.from_bytes(_digest(name), 'little')


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=8).digest()


class ShardIndex:
    """The table of the videos in shards.

    Args:
        table (np.ndarray): Rows of ``ENTRY``, sorted by key.
        source (str): Its file, for the messages.
    """

    def __init__(self, table: np.ndarray, source: str) -> None:
        self.table = table
        self.keys = table['key']
        self.source = source

    def __len__(self) -> int:
        return len(self.table)

    def find(self, name: str) -> Entry:
        """Return where a video is.

        Raises:
            LookupError: If no video has this name.
        """
        key = key_of(name)
        row = bisect_left(self.keys, key)
        if row == len(self) or self.keys[row] != key:
            raise LookupError(f'no video {name!r} in {self.source}, which has {len(self)}')
        return Entry(*self.table[row].item())

    def missing(self, names: Sequence[str]) -> np.ndarray:
        """Return the positions of the names that no video has."""
        wanted = np.frombuffer(b''.join(map(_digest, names)), '<u8')
        return np.flatnonzero(~np.isin(wanted, self.keys))


@functools.cache
def open_index(folder: str) -> ShardIndex:
    """Open the index of a folder, once in a process. Its forks share the memory.

    From a disk it is mapped, so all processes of the machine share it. From a store it is
    read into memory.

    Args:
        folder (str): A path, or a URL that fsspec knows.

    Raises:
        StoreError: If it cannot be read, or is no index.
    """
    store = Store(folder)
    source = f'{store.folder}/{INDEX_NAME}'
    file_system, path = store.file_system(INDEX_NAME)
    try:
        if isinstance(file_system, LocalFileSystem):
            table = np.load(path, mmap_mode='r', allow_pickle=False)
        else:
            table = np.load(io.BytesIO(store.read(INDEX_NAME)), allow_pickle=False)
    except FileNotFoundError as error:
        raise StoreError(
            f'{source} does not exist: tools/data/make_shards.py writes it last'
        ) from error
    except (EOFError, ValueError) as error:
        raise StoreError(f'{source} is no index, or is cut short: {error}') from error
    if table.dtype != ENTRY or table.ndim != 1:
        raise StoreError(f'{source} is no index of shards: it has {table.dtype}')
    return ShardIndex(np.asarray(table), source)  # A plain array: np.memmap is slower.
