"""Files that are whole or not there. Nothing here imports a framework."""

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

# What a killed writer leaves beside the file that it did not replace.
LEFTOVER = re.compile(r'.+\.[0-9a-f]{8}\.tmp')


@contextmanager
def replacing(path: str | Path, mode: str = 'wb', **kwargs) -> Iterator[IO]:
    """Open a new file that replaces ``path`` once it is whole and on the disk.

    Until then ``path`` keeps its old content, also if the writer is killed or the machine
    stops. A pipe or a device is written in place.

    Args:
        path (str | Path): The file. Its folder must exist.
        mode (str): ``'wb'`` or ``'w'``.
        **kwargs: See ``open``.

    Yields:
        IO: The open file.

    Raises:
        OSError: If the file cannot be written, as on a full disk. ``path`` is unchanged.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        with open(target, mode, **kwargs) as file:
            yield file
        return
    # Not by tempfile: only the owner may read its files.
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
    """After a power cut the file has its new name only if the folder is on the disk."""
    with suppress(OSError):  # Some file systems cannot sync a folder.
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
