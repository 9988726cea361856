"""The files of features: their names, whether they are done, and how to write them."""

import json
import os
from collections.abc import Iterable
from glob import escape
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.fileio import list_from_file
from torch import Tensor

from ..files import LEFTOVER, replacing


def find_videos(source: Path, root: Path | None = None) -> dict[str, Path]:
    """Videos by the name of their features: the path below ``root``, without suffix.

    Args:
        source (Path): A video, or a ``.txt`` file of lines ``PATH [LABEL ...]``.
        root (Path, optional): The folder of the list's paths; by default the list's.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the list is empty, a video is not below ``root``, or two videos
            would write one file.
    """
    if not source.is_file():
        raise FileNotFoundError(f'{source} does not exist')
    if source.suffix != '.txt':
        return {source.stem: source}
    root, videos = root or source.parent, {}
    for number, line in enumerate(list_from_file(source), start=1):
        if not line.strip():
            continue
        path = root / line.split()[0]
        below = os.path.relpath(path, root)
        if below.startswith(os.pardir):
            raise ValueError(
                f'{source}:{number}: {path} is not below {root}: set --root to a folder '
                'that all videos are below'
            )
        name = os.path.splitext(below)[0]
        other = videos.setdefault(name, path)
        if os.path.normpath(other) != os.path.normpath(path):
            raise ValueError(
                f'{source}:{number}: {other} and {path} would both write {name}.npy'
            )
    if not videos:
        raise ValueError(f'{source} lists no video')
    return videos


def _paths(target: Path) -> tuple[Path, Path]:
    return tuple(target.with_name(f'{target.name}{suffix}') for suffix in ('.npy', '.json'))


def is_done(target: Path, made_by: dict[str, Any]) -> bool:
    """Whether ``target.npy`` and ``target.json`` are there.

    Raises:
        ValueError: If they were made in another way.
    """
    features, description = _paths(target)
    if not (features.is_file() and description.is_file()):
        return False
    found = json.loads(description.read_text()).get('made_by', {})
    for key, value in made_by.items():
        if found.get(key) != value:
            raise ValueError(
                f'{description} has {key}={found.get(key)!r}, but this run {value!r}: '
                'choose another folder, or delete this one'
            )
    return True


def write_features(
    target: Path,
    parts: Iterable[Tensor],
    count: int,
    dtype: str,
    description: dict[str, Any],
) -> None:
    """Write ``target.npy``, and then ``target.json``, each of them whole.

    The features are written as they come, so memory does not grow with their number.

    Args:
        target (Path): The path without suffix. Its folder is made if needed.
        parts (Iterable[Tensor]): ``(t, C)`` each, ``count`` rows together.
        count (int): Rows of the array.
        dtype (str): ``'float16'`` or ``'float32'``.
        description (dict): The content of the JSON file.

    Raises:
        ValueError: If a feature is NaN or infinite in this type.
    """
    features, text = _paths(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    for path in target.parent.glob(f'{escape(target.name)}.*.tmp'):
        if LEFTOVER.fullmatch(path.name):  # Of a run that was killed.
            path.unlink()
    written, header = 0, dict(shape=None, fortran_order=False, descr=np.dtype(dtype).str)
    with replacing(features) as file:
        for part in parts:
            with np.errstate(over='ignore'):  # Too large becomes infinite: see below.
                rows = part.cpu().numpy().astype(dtype)
            if not np.isfinite(rows).all():
                hint = ': use float32' if dtype == 'float16' else ''
                raise ValueError(
                    f'a feature of {target.name} is not finite in {dtype}{hint}'
                )
            if written == 0 and header['shape'] is None:
                header['shape'] = count, rows.shape[1]
                np.lib.format.write_array_header_1_0(file, header)
            file.write(rows.tobytes())
            written += len(rows)
        if written != count:
            raise RuntimeError(f'{written} features of {target.name}, expected {count}')
    with replacing(text, 'w', encoding='utf-8') as file:
        json.dump(description, file, indent=1)
