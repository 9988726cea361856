"""MMEngine's storage backend for shards."""

import io
import logging
import tarfile
import zlib
from collections.abc import Callable

from mmengine.fileio import BaseStorageBackend, FileClient, register_backend
from mmengine.logging import print_log

from ..decoders import DECODERS
from .index import Entry, open_index, shard_name
from .store import DamagedMemberError, Store

BACKEND = 'tar_shards'

# The steps that open a video, and take ``io_backend`` and its arguments.
OPENERS = ('SegmentInit', *(opener for opener, _ in DECODERS.values()))


@FileClient.register_backend(BACKEND)  # MMAction2's DecordInit asks this one,
@register_backend(BACKEND)  # and mmengine.fileio this one.
class TarShardsBackend(BaseStorageBackend):
    """Reads videos from shards. A video's name is its path in the list.

    Every video is compared with the name, the size and the CRC-32 that were written. If
    they differ, it is read once more.

    Args:
        folder (str): The folder or URL of ``make_shards.py``'s files.
        attempts (int): How often a read is tried.
        timeout (float): Seconds that a try may take.

    Raises:
        StoreError: If the index cannot be read.
        TypeError: If ``attempts`` is not an integer.
        ValueError: If ``attempts`` or ``timeout`` is not above 0.
    """

    def __init__(self, folder: str, attempts: int = 7, timeout: float = 30) -> None:
        self.store = Store(folder, attempts, timeout)
        self.index = open_index(self.store.folder)

    def get(self, filepath: str) -> bytes:
        """Return a video's bytes.

        Args:
            filepath (str): Its name in the shards.

        Raises:
            LookupError: If the index does not have it.
            StoreError: If the store does not answer, or the shard does not exist.
            DamagedMemberError: If the shard is cut short, or has other bytes there.
        """
        name = str(filepath)
        entry = self.index.find(name)
        shard = shard_name(entry.shard)
        end = entry.offset + entry.head + entry.size
        for attempt in range(2):
            data = self.store.read(shard, entry.offset, end, of=name)
            problem = _problem(data, name, entry)
            if problem is None:
                return data[entry.head :]
            message = f'{name} in {self.store.folder}/{shard} at byte {entry.offset} is '
            message += f'not what {self.index.source} says: {problem}'
            if attempt == 0:
                print_log(f'read again: {message}', 'current', logging.WARNING)
        raise DamagedMemberError(message)

    def get_text(self, filepath: str, encoding: str = 'utf-8') -> str:
        """Return a member's text."""
        return self.get(filepath).decode(encoding)


def _problem(data: bytes, name: str, entry: Entry) -> str | None:
    """What differs in a header and the video after it, or ``None``."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode='r:') as tar:
            member = tar.next()
    except (tarfile.TarError, LookupError, ValueError) as error:
        return f'no tar header ({error})'
    if member is None:
        return 'no tar header'
    found, expected = (member.name, member.size), (name, entry.size)
    if found != expected or member.offset_data != entry.head:
        return f'it is {found[0]!r} of {found[1]} bytes instead of {expected[1]}'
    crc32 = zlib.crc32(memoryview(data)[entry.head :])
    if crc32 != entry.crc32:
        return f'its CRC-32 is {crc32:08x} instead of {entry.crc32:08x}'
    return None


def read_from_shards(
    pipeline: list[dict | Callable], arguments: dict
) -> list[dict | Callable]:
    """Return a pipeline whose steps that open a video read it from shards.

    Args:
        pipeline (list): Steps of MMAction2. Those of ``OPENERS`` are changed.
        arguments (dict): Arguments of :class:`TarShardsBackend`.

    Raises:
        ValueError: If no step opens a video, or one has another ``io_backend``.
    """
    steps = []
    for step in pipeline:
        if isinstance(step, dict) and step.get('type') in OPENERS:
            if step.get('io_backend', 'disk') != 'disk':
                raise ValueError(
                    f'shards={arguments["folder"]!r} needs a step {step["type"]} without '
                    f'io_backend, got {step["io_backend"]!r}'
                )
            step = dict(step, io_backend=BACKEND, **arguments)
        steps.append(step)
    if all(new is old for new, old in zip(steps, pipeline)):
        raise ValueError(
            f'shards={arguments["folder"]!r} needs a pipeline with one of '
            f'{", ".join(OPENERS)}'
        )
    return steps
