"""The video files below a folder."""

import os
from collections.abc import Iterator

VIDEO_SUFFIXES = {
    *('.3gp', '.asf', '.avi', '.flv', '.m2ts', '.m4v', '.mkv', '.mov', '.mp4', '.mpeg'),
    *('.mpg', '.mts', '.mxf', '.ogv', '.ts', '.webm', '.wmv'),
}


def is_video(path: str) -> bool:
    """Whether a file's name ends as that of a video."""
    return os.path.splitext(path)[1].lower() in VIDEO_SUFFIXES


def files_below(root: str | os.PathLike) -> Iterator[str]:
    """Yield the paths of all files, relative to a folder: sorted, its own files first.

    Links to folders are followed, but no folder is entered twice.
    """
    seen = set()
    for folder, folders, files in os.walk(root, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        folders.sort()
        for name in sorted(files):
            yield os.path.relpath(os.path.join(folder, name), root)
