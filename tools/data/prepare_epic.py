"""Check a download of EPIC-KITCHENS-100, and write the names of its classes.

Training needs no other lists than the official ones. Below ROOT, which is ``data/epic``
unless given, the tool reads ``annotations/``, a clone or copy of
https://github.com/epic-kitchens/epic-kitchens-100-annotations, looks for the videos, and
writes

- ``preparation_report.csv``: rows that cannot be used, narrations that are repeated, videos
  that are missing or unknown, actions that start after their video's end;
- ``verb_classes.txt`` and ``noun_classes.txt``: a class name a line, for ``predict.py``;
- ``epic_videos.txt``: the videos that are there, for ``check_videos.py``.

Exit code 1: there are problems.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

from preparation.files import csv_line, read_table, to_number, write_whole
from preparation.lists import Problem, check_classes
from preparation.progress import Progress

from projects.xvit.datasets.epic_annotations import (
    NUM_NOUNS,
    NUM_VERBS,
    VIDEO_TEMPLATE,
    is_untrimmed,
    read_segments,
)

SPLITS = {
    'train': 'EPIC_100_train.csv',
    'val': 'EPIC_100_validation.csv',
    'test': 'EPIC_100_test_timestamps.csv',  # may be left out
}
INFO = 'EPIC_100_video_info.csv'  # may be left out


def read_classes(path: Path, count: int) -> list[str]:
    """The names of an official file of classes, in the order of their numbers.

    Raises:
        OSError, ValueError: If the file is missing or malformed, a class is missing or
            there twice.
    """
    names = {}
    for where, row in read_table(path, ['id', 'key']):
        if row['id'] not in map(str, range(count)) or row['id'] in names:
            raise ValueError(
                f'{where}: id must be a number from 0 to {count - 1}, each once, '
                f'got {row["id"]!r}'
            )
        names[row['id']] = row['key']
    classes = [names[id] for id in sorted(names, key=int)]
    check_classes(classes, count, path)
    return classes


def read_lists(annotations: Path) -> tuple[dict[str, list[dict]], list[Problem]]:
    """The good rows of each split, and what is wrong with the others.

    Raises:
        OSError, ValueError: If a list is missing, lacks a column or has no row.
    """
    splits, problems, first = {}, [], {}
    for split, name in SPLITS.items():
        path = annotations / name
        if split == 'test' and not path.is_file():
            continue
        errors = {}
        splits[split] = list(read_segments(str(path), on_error=errors.__setitem__))
        problems += [
            Problem('bad row', split, '', f'{path}:{line}', detail)
            for line, detail in errors.items()
        ]
        for row in splits[split]:
            row['where'] = f'{path}:{row["line"]}'
            other = first.setdefault(row['narration_id'], (split, row['where']))
            if other[0] != split:
                kind = f'also in {other[0]}'
                name = row['narration_id']
                problems.append(Problem(kind, split, name, row['where'], other[1]))
    return splits, problems


def check_videos(
    splits: dict[str, list[dict]], root: Path, template: str, info: dict[str, float] | None
) -> tuple[list[str], list[Problem]]:
    """The videos that are there, and what is wrong with the others, each named once.

    Args:
        splits: Of :func:`read_lists`.
        root: Where the videos lie.
        template: Their path below it.
        info: Seconds of each video that the data set has, if known.
    """
    there, problems = {}, []
    with Progress(sum(map(len, splits.values()))) as progress:
        for split, rows in splits.items():
            for row in rows:
                progress.step()
                video, where = row['video_id'], row['where']
                path = template.format(**row)
                if path not in there:
                    there[path] = (root / path).is_file() and (root / path).stat().st_size
                    if info is not None and video not in info:
                        problems.append(
                            Problem('unknown', split, video, where, f'not in {INFO}')
                        )
                    if not there[path]:
                        kind = 'missing' if there[path] is False else 'no bytes'
                        problems.append(Problem(kind, split, path, where, f'in {root}'))
                if info is not None and row['start_time'] > info.get(video, float('inf')):
                    detail = f'starts at {row["start_time"]} s of {info[video]} s'
                    problems.append(
                        Problem('after the end', split, row['narration_id'], where, detail)
                    )
    return [path for path, size in there.items() if size], problems


def prepare(root: Path, template: str) -> tuple[list[str], bool]:
    """Check and write; what was found, for people to read, and whether all is well.

    Raises:
        OSError, ValueError: If a file is missing or malformed; then nothing is written.
    """
    is_untrimmed(template)
    annotations = root / 'annotations'
    classes = {
        task: read_classes(annotations / f'EPIC_100_{task}_classes.csv', count)
        for task, count in (('verb', NUM_VERBS), ('noun', NUM_NOUNS))
    }
    info = None
    if (annotations / INFO).is_file():
        table = read_table(annotations / INFO, ['video_id', 'duration'])
        info = {
            row['video_id']: to_number(row['duration'], 'duration', where)
            for where, row in table
        }
    splits, problems = read_lists(annotations)
    videos, found = check_videos(splits, root, template, info)
    problems += found
    report = root / 'preparation_report.csv'
    files = {root / f'{task}_classes.txt': names for task, names in classes.items()}
    files[root / 'epic_videos.txt'] = [f'{path} 0' for path in videos]
    files[report] = [csv_line(row) for row in [Problem._fields, *problems]]
    write_whole(files)

    summary = [f'{split}: {len(rows)} actions' for split, rows in splits.items()]
    counts = Counter((problem.split, problem.problem) for problem in problems)
    summary += [f'{split}: {count} {kind}' for (split, kind), count in counts.items()]
    summary += [f'{len(lines)} lines: {path}' for path, lines in files.items()]
    return summary, not problems


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('root', nargs='?', type=Path, default='data/epic')
    parser.add_argument(
        '--video-template',
        default=VIDEO_TEMPLATE,
        help='as in the config: a path below ROOT with {video_id}, or {narration_id} for '
        'clips; default: %(default)s',
    )
    args = parser.parse_args()
    try:
        summary, well = prepare(args.root, args.video_template)
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    print('\n'.join(summary))
    sys.exit(0 if well else 1)


if __name__ == '__main__':
    main()
