"""Labelled videos, from folders named after the classes or from the rows of a table."""

import os
import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..video_files import VIDEO_SUFFIXES, files_below, is_video

SPLITS = ('train', 'val', 'test')


class Video(NamedTuple):
    """A video file and what is known of it.

    Args:
        path: Relative to the folder of all videos, or absolute.
        labels: Names of its classes, at least one.
        split: One of ``SPLITS``, or ``None`` if it is still to be chosen.
        group: Videos of a group stay in one split. ``None`` is a group of its own.
    """

    path: str
    labels: tuple[str, ...]
    split: str | None = None
    group: str | None = None


def from_folder(root: Path) -> tuple[list[Video], Counter]:
    """Return the videos of ``root/CLASS/``, at any depth, and the number of other files.

    Args:
        root: The folder of the class folders. What is in hidden folders does not count.

    Returns:
        tuple: The videos in alphabetical order, and the other files' endings, counted.

    Raises:
        ValueError: If there is no class folder, one has no video, or a video lies in none.
    """
    if not root.is_dir():
        raise ValueError(f'{root} is not a folder')
    advice = (
        f'put the videos of each class into a folder named after it ({root}/CLASS/a.mp4), '
        'or list them in a file for --csv'
    )
    videos, others = [], Counter()
    for path in files_below(root):
        *folders, name = Path(path).parts
        if any(folder.startswith('.') for folder in folders):
            continue
        if name.startswith('.') or not is_video(name):
            others[Path(name).suffix.lower() or name] += 1
        elif folders:
            videos.append(Video(path, (folders[0],)))
        else:
            raise ValueError(f'{root / name} is in no class folder: {advice}')
    if not videos:
        raise ValueError(f'{root} has no class folders with videos: {advice}')
    paths = sorted(root.iterdir())
    classes = [p.name for p in paths if p.is_dir() and not p.name.startswith('.')]
    if set(classes) <= set(SPLITS):
        raise ValueError(
            f'{root} has folders {", ".join(classes)} instead of classes: for a split of '
            'your own, list the videos with a column "split" in a file for --csv'
        )
    empty = sorted(set(classes) - {video.labels[0] for video in videos})
    if empty:
        raise ValueError(
            f'{root} has class folders without a video: {", ".join(empty)}. '
            f'Remove them, or add videos ({", ".join(sorted(VIDEO_SUFFIXES))})'
        )
    return videos, others


def from_rows(rows: Iterable[tuple[str, dict[str, str]]]) -> list[Video]:
    """Return the videos of a table.

    Args:
        rows: Of each row, its place for messages, and its cells by column: ``path``,
            ``label`` (several are separated by ``;``), and optionally ``split`` (train,
            val or test) and ``group``.

    Raises:
        ValueError: If a cell is malformed, or a path is there twice. It names the row.
    """
    videos, seen = [], {}
    for where, row in rows:
        path = os.path.normpath(row['path'])
        if seen.setdefault(path, where) != where:
            raise ValueError(f'{where}: {row["path"]} is also in {seen[path]}')
        labels = tuple(dict.fromkeys(name.strip() for name in row['label'].split(';')))
        if '' in labels:
            raise ValueError(f'{where}: a label in {row["label"]!r} is empty')
        split = row['split'].strip() if 'split' in row else None
        if split is not None and split not in SPLITS:
            raise ValueError(
                f'{where}: split must be one of {", ".join(SPLITS)}, got {split!r}'
            )
        group = (row.get('group') or '').strip() or None
        videos.append(Video(path, labels, split, group))
    return videos


def class_names(videos: list[Video]) -> list[str]:
    """Return the names of all classes. Their order gives the class numbers."""
    return sorted({name for video in videos for name in video.labels})


def list_line(video: Video, classes: list[str]) -> str:
    r"""Return the line ``path\tnumber\tnumber...`` of MMAction2's list.

    Raises:
        ValueError: If the path cannot stand in a list.
    """
    path = video.path
    # A name that is not UTF-8 has surrogates in Python.
    if re.search('[\t\n\r\ud800-\udfff]', path):
        raise ValueError(
            f'{path!r}: a name in a list must be UTF-8, without tabs and line breaks: '
            'rename the file or folder'
        )
    if path[0].isspace():
        path = f'./{path}'  # MMAction2 strips the line.
    return '\t'.join([path, *(str(classes.index(name)) for name in video.labels)])
