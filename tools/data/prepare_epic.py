"""Check a download of EPIC-KITCHENS-100, and write the names of its classes.

Training reads the official lists. Below ROOT, by default ``data/epic``, the tool reads
``annotations/``, a clone or copy of
https://github.com/epic-kitchens/epic-kitchens-100-annotations, looks for the videos, and
writes

- ``preparation_report.csv``: rows that cannot be used, repeated narrations, missing or
  unknown videos, and actions that start after the end of their video;
- ``verb_classes.txt`` and ``noun_classes.txt``: for ``predict.py``, a class per line;
- ``epic_videos.txt``: the videos that exist, for ``check_videos.py``.

The exit code is 1 if there are problems.
"""

import argparse
import sys
from pathlib import Path

from preparation.files import read_table, to_number, write_whole
from preparation.lists import (
    Clip,
    Problem,
    across_splits,
    check_classes,
    counts,
    report_lines,
)
from tqdm import tqdm

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
    'test': 'EPIC_100_test_timestamps.csv',  # Optional.
}
INFO = 'EPIC_100_video_info.csv'  # Optional.


def read_classes(path: Path, count: int) -> list[str]:
    """Return the class names of an official file, in the order of their numbers.

    Raises:
        OSError, ValueError: If the file is missing or malformed, or a class is missing or
            repeated.
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
    """Return the good rows of each split, and the problems of the others.

    Raises:
        OSError, ValueError: If a list is missing, lacks a column or has no row.
    """
    splits, problems = {}, []
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
    clips = {
        split: [Clip((row['narration_id'],), 0, row['where']) for row in rows]
        for split, rows in splits.items()
    }
    return splits, problems + across_splits(clips)


def check_videos(
    splits: dict[str, list[dict]], root: Path, template: str, info: dict[str, float] | None
) -> tuple[list[str], list[Problem]]:
    """Return the videos that exist, and the problems of the others, each once.

    Args:
        splits: Rows by split, from :func:`read_lists`.
        root: The folder of the videos.
        template: The path of a video below it.
        info: Seconds of each video of the data set, if known.
    """
    there, problems = {}, []
    for split, rows in splits.items():
        for row in tqdm(rows, desc=split, disable=None):
            video, where = row['video_id'], row['where']
            path = template.format(**row)
            if path not in there:
                there[path] = (root / path).is_file() and (root / path).stat().st_size
                if info is not None and video not in info:
                    detail = f'not in {INFO}'
                    problems.append(Problem('unknown', split, video, where, detail))
                if not there[path]:
                    kind = 'missing' if there[path] is False else 'no bytes'
                    problems.append(Problem(kind, split, path, where, f'in {root}'))
            if info is not None and row['start_time'] > info.get(video, float('inf')):
                name = row['narration_id']
                detail = f'starts at {row["start_time"]} s of {info[video]} s'
                problems.append(Problem('after the end', split, name, where, detail))
    return [path for path, size in there.items() if size], problems


def prepare(root: Path, template: str) -> tuple[list[str], bool]:
    """Check and write. Return a summary, as lines to print, and whether all is well.

    Raises:
        OSError, ValueError: If a file is missing or malformed. Nothing is written then.
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
    files = {root / f'{task}_classes.txt': names for task, names in classes.items()}
    files[root / 'epic_videos.txt'] = [f'{path} 0' for path in videos]
    files[root / 'preparation_report.csv'] = report_lines(problems)
    write_whole(files)

    summary = [f'{split}: {len(rows)} actions' for split, rows in splits.items()]
    summary += counts(problems)
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
