"""Features of a data set's clips on disk, in a folder that belongs to one host."""

import json
import time
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from ..files import LEFTOVER, replacing

DESCRIPTION = 'made_by.json'
AN_HOUR = 3600


def cache_folder(root: str | Path, made_by: dict[str, Any]) -> Path:
    """Make the folder of the features that were made in one way, and describe it there.

    Features that were made in another way (another host, other weights, another pipeline)
    have another folder, so none are mistaken for others.

    Args:
        root (str | Path): Where the caches are.
        made_by (dict): Everything that the features depend on. ``made_by['backbone']`` is
            the config of the host.

    Returns:
        Path: ``root/HOST-CHECKSUM``.

    Raises:
        ValueError: If the folder is there, but its features were made in another way.
    """
    text = json.dumps(made_by, sort_keys=True, indent=1, default=str)
    host = made_by['backbone']
    name = host.get('model_name', host['type'])
    folder = Path(root) / f'{name}-{zlib.crc32(text.encode()):08x}'
    description = folder / DESCRIPTION
    folder.mkdir(parents=True, exist_ok=True)
    if not description.is_file():
        with replacing(description, 'w', encoding='utf-8') as file:
            file.write(text)
    check_made_by(description, json.loads(text))
    return folder


def check_made_by(description: Path, made_by: dict[str, Any]) -> None:
    """Compare a cache's description with what is asked for.

    Raises:
        ValueError: If they differ. It names the first thing that does.
    """
    found = json.loads(description.read_text(encoding='utf-8'))
    for key in sorted(found.keys() | made_by.keys()):
        if found.get(key) != made_by.get(key):
            raise ValueError(
                f'{description} has {key}={found.get(key)!r}, but this run '
                f'{made_by.get(key)!r}: delete this folder, or choose another'
            )


def write_array(path: Path, array: np.ndarray) -> None:
    """Write ``path`` whole or not at all. Its folder is made if needed.

    Raises:
        ValueError: If a value is NaN or infinite.
    """
    if not np.isfinite(array).all():
        raise ValueError(f'a feature of {path} is not finite')
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as file:
        np.save(file, array)


def remove_leftovers(folder: Path) -> None:
    """Delete what killed runs did not finish. Another run may be writing new files."""
    for path in folder.rglob('*.tmp'):
        if LEFTOVER.fullmatch(path.name) and time.time() - path.stat().st_mtime > AN_HOUR:
            path.unlink(missing_ok=True)
