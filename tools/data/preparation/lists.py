"""From clips to MMAction2's ``path label`` lists, class names and a report."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tqdm import tqdm

from .files import csv_line, write_whole
from .video_folder import VideoFolder


@dataclass(frozen=True)
class Clip:
    """A row of an official file.

    Args:
        names: Possible names of its video, without the ending. The first is reported.
        label: Class number, from 0.
        where: The official file and the row.
    """

    names: tuple[str, ...]
    label: int
    where: str


class Problem(NamedTuple):
    """A row of the report."""

    problem: str
    split: str
    video: str
    where: str
    detail: str


def check_classes(classes: list[str], num_classes: int, where: Path) -> None:
    """Raise ``ValueError`` unless there are ``num_classes`` different names."""
    twice = [name for name, count in Counter(classes).items() if count > 1]
    if twice:
        raise ValueError(f'{where}: the class {twice[0]!r} is there twice')
    if len(classes) != num_classes:
        raise ValueError(
            f'{where}: there must be {num_classes} classes, got {len(classes)}'
        )


def mirrored(classes: list[str]) -> dict[int, int]:
    """Return a ``flip_label_map``: the classes whose names swap left and right."""
    labels = {name: label for label, name in enumerate(classes)}
    swap = {'left': 'right', 'right': 'left'}
    others = [' '.join(swap.get(w, w) for w in name.split(' ')) for name in classes]
    return {
        label: labels[other]
        for label, other in enumerate(others)
        if labels.get(other, label) != label
    }


def match(
    split: str, clips: list[Clip], folder: VideoFolder
) -> tuple[list[str], list[Problem]]:
    """Return the list's lines of clips that have a video, and the others' problems.

    Raises:
        ValueError: If a path has a space, or no clip has a video.
    """
    lines, problems, first = [], [], {}
    for clip in tqdm(clips, desc=split, disable=None):
        path = folder.find(clip.names)
        video = path or clip.names[0]
        before = first.setdefault(video, clip)
        if before is not clip:
            detail = f'first in {before.where}'
            if before.label != clip.label:
                detail += f', with label {before.label}, here {clip.label}'
            problem = 'repeated'
        elif path is None:
            problem, detail = 'missing', f'not in {folder.root}'
        elif folder.is_empty(path):
            problem, detail = 'no bytes', f'in {folder.root}'
        elif ' ' in path:
            raise ValueError(
                f'{folder.root / path}: a path in a list must have no space; for Kinetics, '
                '--rename-folders replaces them'
            )
        else:
            lines.append(f'{path} {clip.label}')
            continue
        problems.append(Problem(problem, split, video, clip.where, detail))
    if not lines:
        raise ValueError(
            f'{folder.root} has none of the {len(clips)} videos of {split}; the first is '
            f'called {clips[0].names[0]} ({clips[0].where})'
        )
    return lines, problems


def across_splits(clips: dict[str, list[Clip]]) -> list[Problem]:
    """Report clips in two splits. They stay in both lists, as in the official files."""
    first, problems = {}, []
    for split, rows in clips.items():
        for clip in rows:
            other = first.setdefault(clip.names[0], (split, clip.where))
            if other[0] != split:
                kind = f'also in {other[0]}'
                problems.append(Problem(kind, split, clip.names[0], clip.where, other[1]))
    return problems


def report_lines(problems: list[Problem]) -> list[str]:
    """Return the lines of ``preparation_report.csv``."""
    return [csv_line(row) for row in [Problem._fields, *problems]]


def counts(problems: list[Problem]) -> list[str]:
    """Return how many problems of each kind a split has, as lines to print."""
    kinds = Counter((problem.split or 'videos', problem.problem) for problem in problems)
    return [f'{split}: {count} {problem}' for (split, problem), count in kinds.items()]


def write_lists(
    root: Path,
    dataset: str,
    classes: list[str],
    clips: dict[str, list[Clip]],
    folders: dict[str, VideoFolder],
) -> list[str]:
    """Write a list for each split, the class names and a report: all of them or none.

    Args:
        root: Folder of ``{dataset}_{split}_list_videos.txt``, ``classes.txt`` and
            ``preparation_report.csv``.
        dataset: First part of the lists' names.
        classes: Names in the order of the labels.
        clips: By split.
        folders: By split. The paths in a list are relative to its folder.

    Returns:
        list[str]: A summary, as lines to print.

    Raises:
        ValueError: If a path has a space, or a split has no video.
    """
    lists, problems = {}, across_splits(clips)
    for split, rows in clips.items():
        lists[split], found = match(split, rows, folders[split])
        problems += found
    for folder in dict.fromkeys(folders.values()):
        problems += [
            Problem('same name twice', '', path, str(folder.root), 'the first is taken')
            for path in folder.namesakes
        ]
    names = {split: root / f'{dataset}_{split}_list_videos.txt' for split in lists}
    report, labels = root / 'preparation_report.csv', root / 'classes.txt'
    # The lists last, since training reads them.
    write_whole(
        {report: report_lines(problems), labels: classes}
        | {names[split]: lines for split, lines in lists.items()}
    )
    summary = [
        f'{split}: {len(lists[split])} of {len(rows)} clips in {names[split]}'
        for split, rows in clips.items()
    ]
    summary += counts(problems)
    summary.append(f'{len(classes)} class names: {labels}')
    if problems:
        summary.append(f'all problems: {report}')
    return summary
