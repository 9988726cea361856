"""Rows as CSV, JSON lines or Parquet, one per video and with the same columns."""

import csv
import importlib.util
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from ..files import replacing
from .journal import Row

SUFFIXES = ('.csv', '.jsonl', '.parquet')
ROW_GROUP = 10_000  # Rows that Parquet holds in memory.


def check_format(path: Path) -> None:
    """Raise ``ValueError`` unless a table can be written to this path."""
    if path.suffix not in SUFFIXES:
        raise ValueError(f'{path} must end in {", ".join(SUFFIXES)}')
    if path.suffix == '.parquet' and importlib.util.find_spec('pyarrow') is None:
        raise ValueError(f'{path} needs pyarrow: pip install pyarrow')


def write_table(path: Path, rows: Iterable[Row], topk: int) -> None:
    """Write a whole new file: ``path, name_1, score_1, ..., name_K, score_K, error``.

    A row has names and scores, or an error. Its other cells are empty (null).

    Args:
        path (Path): Its suffix is one of ``SUFFIXES``.
        rows (Iterable[Row]): In the order of the file.
        topk (int): K.

    Raises:
        ValueError: If there is no such format.
        OSError: If the file cannot be written. An earlier one stays as it is.
    """
    check_format(path)
    best = [f'{kind}_{i}' for i in range(1, topk + 1) for kind in ('name', 'score')]
    write = dict(zip(SUFFIXES, (_write_csv, _write_jsonl, _write_parquet)))[path.suffix]
    write(path, ['path', *best, 'error'], (cells(row, topk) for row in rows))


def cells(row: Row, topk: int) -> list[str | float | None]:
    """A row's values. Bytes of a path that are not UTF-8 are written as ``\\xNN``."""
    best = [cell for pair in zip(row.names, row.scores) for cell in pair]
    best += [None] * (2 * topk - len(best))
    return [_text(row.path), *best, row.error and _text(row.error)]


def _text(text: str) -> str:
    data = text.encode('utf-8', 'surrogateescape')
    return data.decode('utf-8', 'backslashreplace')


def _write_csv(path: Path, names: list[str], rows: Iterator[list]) -> None:
    with replacing(path, 'w', encoding='utf-8', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows(rows)


def _write_jsonl(path: Path, names: list[str], rows: Iterator[list]) -> None:
    with replacing(path, 'w', encoding='utf-8') as file:
        for row in rows:
            file.write(json.dumps(dict(zip(names, row)), ensure_ascii=False) + '\n')


def _write_parquet(path: Path, names: list[str], rows: Iterator[list]) -> None:
    import pyarrow
    from pyarrow import parquet

    types = [
        pyarrow.float32() if name.startswith('score_') else pyarrow.string()
        for name in names
    ]
    schema = pyarrow.schema(list(zip(names, types)))
    with replacing(path) as file, parquet.ParquetWriter(file, schema) as writer:
        while group := list(islice(rows, ROW_GROUP)):
            cells = [dict(zip(names, row)) for row in group]
            writer.write_table(pyarrow.Table.from_pylist(cells, schema=schema))
