"""MMEngine writes local files whole or not at all."""

import functools
import os
from pathlib import Path

from mmengine.fileio import LocalBackend
from mmengine.hooks import checkpoint_hook

from ..files import replacing


def write_whole_files() -> None:
    """Make MMEngine replace checkpoints, and ``last_checkpoint``, by whole files.

    MMEngine overwrites them. If it is killed meanwhile, or the disk is full, both the old
    and the new file are lost. ``LocalBackend`` writes checkpoints, and the checkpoint
    hook's ``open`` writes ``last_checkpoint``.
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
