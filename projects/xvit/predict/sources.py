"""The videos that a user names: files, folders and lists."""

import os
from collections.abc import Sequence
from pathlib import Path

from ..video_files import VIDEO_SUFFIXES, files_below, is_video


def find_videos(sources: Sequence[str]) -> list[str]:
    """The paths of all videos, each once, in the order of the sources.

    Args:
        sources (Sequence[str]): Files; folders, whose videos are found at any depth and
            sorted; and lists, ``.txt`` files with one path per line. A path in a list is
            relative to the list's folder. A missing file is an error of that video alone.

    Raises:
        FileNotFoundError: If a source does not exist.
        ValueError: If a folder or a list has no video.
    """
    found: dict[str, None] = {}
    for source in sources:
        path = Path(source)
        if not path.exists():
            raise FileNotFoundError(f'{source} does not exist')
        if path.is_dir():
            inside = filter(is_video, files_below(source))
            videos = sorted(os.path.join(source, name) for name in inside)
            kinds = ' '.join(sorted(VIDEO_SUFFIXES))
            problem = f'the folder {source} has no video ({kinds})'
        elif path.suffix == '.txt':
            videos, problem = _in_list(path), f'the list {source} is empty'
        else:
            videos, problem = [source], ''
        if not videos:
            raise ValueError(problem)
        found |= dict.fromkeys(videos)
    return list(found)


def _in_list(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding='utf-8-sig').splitlines()
    except UnicodeDecodeError as error:
        raise ValueError(f'the list {path} is not UTF-8 text: {error}') from error
    return [str(path.parent / line.strip()) for line in lines if line.strip()]
