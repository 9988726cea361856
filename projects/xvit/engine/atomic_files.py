"""Files that are whole or not there, for everything that mmengine writes."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mmengine.fileio import LocalBackend

# What a writer that was killed leaves beside the file that it did not replace.
LEFTOVER = re.compile(r'.+\.[0-9a-f]{8}\.tmp')


@contextmanager
def replacing(path: str | Path, mode: str = 'wb', **kwargs) -> Iterator[IO]:
    """Open a file that takes the place of ``path`` once it is whole and on the disk.

    Whoever opens ``path`` meanwhile, or after the writer was killed or the machine
    stopped, finds what was there before. A pipe or a device is written in place.

    Args:
        path (str | Path): The file. Its folder must exist.
        mode (str): ``'wb'`` or ``'w'``.
        **kwargs: See ``open``.

    Yields:
        IO: The open file.

    Raises:
        OSError: If it cannot be written, as on a full disk; ``path`` is then untouched.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with open(target, mode, **kwargs) as file:
            yield file
        return
    # Not by tempfile, whose files nobody but their owner may read.
    part = target.with_name(f'{target.name}.{secrets.token_hex(4)}.tmp')
    try:
        with open(part, mode.replace('w', 'x'), **kwargs) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _sync_folder(folder: Path) -> None:
    """The replacement itself outlives a power cut only when the folder is on the disk."""
    with suppress(OSError):  # Not every file system lets a folder be synced.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class AtomicLocalBackend(LocalBackend):
    """mmengine's backend of local files, which writes whole files or none.

    mmengine's truncates the file and writes in place: killed there, it leaves half a
    checkpoint under the name of a whole one.
    """

    def put(self, obj: bytes, filepath: str | Path) -> None:
        """Write bytes; see :func:`replacing`."""
        os.makedirs(os.path.dirname(os.path.abspath(filepath)), exist_ok=True)
        with replacing(filepath) as file:
            file.write(obj)

    def put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
        """Write text; see :func:`replacing`."""
        os.makedirs(os.path.dirname(os.path.abspath(filepath)), exist_ok=True)
        with replacing(filepath, 'w', encoding=encoding) as file:
            file.write(obj)
