"""Read and check the action lists of EPIC-KITCHENS-100, its official CSV files.

The files are those of https://github.com/epic-kitchens/epic-kitchens-100-annotations:
``EPIC_100_train.csv``, ``EPIC_100_validation.csv`` and, without labels,
``EPIC_100_test_timestamps.csv``.
"""

import csv
import re
from collections.abc import Callable, Iterator
from string import Formatter

from mmengine.fileio import list_from_file

NUM_VERBS, NUM_NOUNS = 97, 300
# Where the official downloader puts the untrimmed videos.
VIDEO_TEMPLATE = '{participant_id}/videos/{video_id}.MP4'
IDS = ('narration_id', 'participant_id', 'video_id')
TIMES = ('start_timestamp', 'stop_timestamp')
LABELS = ('verb_class', 'noun_class')
TIMESTAMP = re.compile(r'(\d+):([0-5]\d):([0-5]\d(?:\.\d+)?)', re.ASCII)


def is_untrimmed(video_template: str) -> bool:
    """Return whether a path names whole videos, and not clips of one action.

    Args:
        video_template (str): A path with ``{video_id}`` for whole videos or
            ``{narration_id}`` for clips, and maybe ``{participant_id}``.

    Raises:
        ValueError: If it has neither, or another field.
    """
    fields = {field for _, field, _, _ in Formatter().parse(video_template)} - {None}
    if not fields <= set(IDS) or not fields & {'video_id', 'narration_id'}:
        raise ValueError(
            'video_template must have {video_id} for untrimmed videos or {narration_id} '
            f'for clips, and may have {{participant_id}}, got {video_template!r}'
        )
    return 'narration_id' not in fields


def read_segments(
    path: str,
    num_verbs: int = NUM_VERBS,
    num_nouns: int = NUM_NOUNS,
    on_error: Callable[[int, str], None] | None = None,
) -> Iterator[dict]:
    """Yield the rows of an official list, one action segment each.

    Args:
        path (str): The CSV file. Columns that are not named below may be missing.
        num_verbs (int): Number of verb classes.
        num_nouns (int): Number of noun classes.
        on_error (callable, optional): Called with the line and the message of each bad
            row, which is then left out.

    Yields:
        dict: ``narration_id``, ``participant_id`` and ``video_id`` unchanged,
        ``start_time`` and ``stop_time`` in seconds, ``line``, counted from 1, and
        ``label``, the numbers of verb and noun, if the file has these columns.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is not text, lacks a column or has no row. Without
            ``on_error`` also if a row has a wrong number of fields, a malformed id or time,
            a repeated narration id, an end before the start, or a label out of range. The
            message names the file and the line.
    """
    try:
        reader = csv.DictReader(list_from_file(path, encoding='utf-8-sig'), strict=True)
        labelled = _check_columns(reader.fieldnames or ())
    except (ValueError, csv.Error) as error:  # Text that is not UTF-8 is a ValueError.
        raise ValueError(f'{path}:1: {error}') from error
    empty, first_lines = True, {}
    for line, row in _rows(reader):
        empty = False
        try:
            if isinstance(row, csv.Error):
                raise row
            segment = _parse(row, labelled, num_verbs, num_nouns)
            first = first_lines.setdefault(segment['narration_id'], line)
            if first != line:
                raise ValueError(
                    f'narration_id {segment["narration_id"]} is already on line {first}'
                )
        except (ValueError, csv.Error) as error:
            if on_error is None:
                raise ValueError(f'{path}:{line}: {error}') from error
            on_error(line, str(error))
        else:
            yield dict(segment, line=line)
    if empty:
        raise ValueError(f'{path} lists no action')


def _rows(reader: csv.DictReader) -> Iterator[tuple[int, dict | csv.Error]]:
    """Yield line and row. A malformed row is replaced by its error."""
    while True:
        start = reader.reader.line_num + 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, error
        else:
            yield reader.line_num, row


def _check_columns(columns) -> bool:
    """Return whether there are labels."""
    labelled = any(name in columns for name in LABELS)
    needed = (*IDS, *TIMES, *(LABELS if labelled else ()))
    missing = [name for name in needed if name not in columns]
    if missing:
        raise ValueError(
            f'no column {", ".join(missing)}; the columns are '
            f'{", ".join(columns) or "none, the file is empty"}'
        )
    return labelled


def _parse(row: dict, labelled: bool, num_verbs: int, num_nouns: int) -> dict:
    if None in row or None in row.values():
        raise ValueError('there must be one field for each column')
    for name in IDS:
        if not re.fullmatch(r'\w+', row[name], re.ASCII):
            raise ValueError(f'{name} must be a name as P01_01, got {row[name]!r}')
    start, stop = (_seconds(name, row[name]) for name in TIMES)
    if stop < start:
        raise ValueError(
            f'stop_timestamp {row["stop_timestamp"]} is before '
            f'start_timestamp {row["start_timestamp"]}'
        )
    segment = {name: row[name] for name in IDS}
    segment |= dict(start_time=start, stop_time=stop)
    if labelled:
        counts = zip(LABELS, (num_verbs, num_nouns))
        segment['label'] = [_label(name, row[name], count) for name, count in counts]
    return segment


def _seconds(name: str, text: str) -> float:
    match = TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError(f'{name} must be a time as 00:01:02.50, got {text!r}')
    hours, minutes, rest = match.groups()
    return int(hours) * 3600 + int(minutes) * 60 + float(rest)


def _label(name: str, text: str, count: int) -> int:
    if not re.fullmatch(r'\d+', text, re.ASCII) or int(text) >= count:
        raise ValueError(f'{name} must be a number from 0 to {count - 1}, got {text!r}')
    return int(text)
