"""Files that are whole or not there, for everything that mmengine writes."""

import functools
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from mmengine.fileio import LocalBackend
from mmengine.hooks import checkpoint_hook

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


def write_whole_files() -> None:
    """mmengine writes checkpoints, and which one is the last, over what was there.

    Killed meanwhile, or on a full disk, a run has neither the old nor the new one.
    ``LocalBackend`` then replaces files, and so does the checkpoint hook's ``open``, which
    writes ``last_checkpoint``.
    """
    if LocalBackend.put is not _put:
        LocalBackend.put, LocalBackend.put_text = _put, _put_text
        checkpoint_hook.open = replacing


@functools.wraps(LocalBackend.put)
def _put(self, obj: bytes, filepath: str | Path) -> None:
    os.makedirs(os.path.dirname(os.path.abspath(filepath)), exist_ok=True)
    with replacing(filepath) as file:
        file.write(obj)


@functools.wraps(LocalBackend.put_text)
def _put_text(self, obj: str, filepath: str | Path, encoding: str = 'utf-8') -> None:
    os.makedirs(os.path.dirname(os.path.abspath(filepath)), exist_ok=True)
    with replacing(filepath, 'w', encoding=encoding) as file:
        file.write(obj)
