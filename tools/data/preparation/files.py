"""Reading official annotation files, with errors that name file and row; whole writes.

A row is named ``FILE:LINE`` in a table and ``FILE, entry NUMBER`` (from 1) in JSON.
"""

import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path


def find_file(folder: Path, names: list[str]) -> Path:
    """The first of ``names`` that is a file in ``folder``.

    Raises:
        FileNotFoundError: If none is there.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f'{folder} has none of {", ".join(names)}')


def read_text(path: Path) -> str:
    """The file's text.

    Raises:
        ValueError: If it is empty or no UTF-8.
    """
    try:
        text = path.read_text(encoding='utf-8-sig')
    except UnicodeDecodeError as error:
        raise ValueError(f'{path} is not UTF-8 text: {error}') from error
    if not text.strip():
        raise ValueError(f'{path} is empty')
    return text


def read_table(
    path: Path, columns: list[str], delimiter: str = ',', header: bool = True
) -> Iterator[tuple[str, dict[str, str]]]:
    """Where each row stands, and its cells by column, stripped.

    Args:
        path: A table of text.
        columns: Those that must be there, with something in every row. The file may have
            more if it has a header.
        delimiter: Between two cells.
        header: Whether the first row names the columns. If not, they are ``columns``.

    Raises:
        ValueError: If the file is empty, lacks a column, or a row is malformed.
    """
    lines = read_text(path).splitlines(keepends=True)
    names = None if header else columns
    table = csv.DictReader(lines, names, delimiter=delimiter, strict=True)
    empty = True
    try:
        missing = [name for name in columns if name not in table.fieldnames]
        if missing:
            raise ValueError(
                f'{path} has no column {missing[0]!r}, but {list(table.fieldnames)}'
            )
        for row in table:
            where = f'{path}:{table.line_num}'
            if None in row or None in row.values():
                cells = [*(row.pop(None, None) or ()), *filter(None, row.values())]
                raise ValueError(
                    f'{where}: expected {len(table.fieldnames)} cells, got {len(cells)}'
                )
            for name in columns:
                row[name] = row[name].strip()
                if not row[name]:
                    raise ValueError(f'{where}: {name} is empty')
            empty = False
            yield where, row
    except csv.Error as error:
        raise ValueError(f'{path}:{table.reader.line_num}: {error}') from error
    if empty:
        raise ValueError(f'{path} has no rows')


def read_json(path: Path, kind: type) -> dict | list:
    """What a JSON file holds, not empty and of type ``kind``.

    Raises:
        ValueError: If it holds anything else.
    """
    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise ValueError(
            f'{path}:{error.lineno}: not JSON, or cut short: {error.msg}'
        ) from error
    if not isinstance(content, kind):
        raise ValueError(f'{path} must hold a JSON {kind.__name__}')
    if not content:
        raise ValueError(f'{path} has no entries')
    return content


def read_entries(path: Path, **fields: type) -> Iterator[tuple[str, dict]]:
    """Where each entry of a JSON list of objects stands, and the entry.

    Args:
        path: A JSON file.
        **fields: What every entry must have, and its type. Text may not be blank.

    Raises:
        ValueError: If the file or an entry is malformed.
    """
    for number, entry in enumerate(read_json(path, list), start=1):
        where = f'{path}, entry {number}'
        if not isinstance(entry, dict):
            raise ValueError(f'{where}: must be an object, got {entry!r}')
        for name, kind in fields.items():
            value = entry.get(name)
            # JSON's true is an int in Python.
            if not isinstance(value, kind) or isinstance(value, bool) or value == '':
                raise ValueError(f'{where}: {name} must be {kind.__name__}, got {value!r}')
        yield where, entry


def to_number(text: str, name: str, where: str) -> float:
    """``float(text)``, at least 0 and finite, or a ``ValueError`` that names the row."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float('inf'):
        raise ValueError(f'{where}: {name} must be a number, at least 0, got {text!r}')
    return number


def check_span(start: float, stop: float, where: str) -> None:
    """Raise ``ValueError`` if a clip stops before it starts, or has no length."""
    if not 0 <= start < stop:
        raise ValueError(f'{where}: stops at {stop:g}, but starts at {start:g}')


def write_whole(files: dict[Path, list[str]]) -> None:
    """Write files of lines: each appears under its name when all are written.

    An error in writing leaves every file as it was; a kill may leave a ``part-NAME``
    beside it, which the next run overwrites.
    """
    parts = {path.with_name(f'part-{path.name}'): path for path in files}
    try:
        for part, path in parts.items():
            text = ''.join(f'{line}\n' for line in files[path])
            part.write_text(text, encoding='utf-8')
        for part, path in parts.items():
            os.replace(part, path)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def csv_line(cells: list) -> str:
    """A row of a CSV file, quoted as need be."""
    line = io.StringIO()
    csv.writer(line, lineterminator='').writerow(cells)
    return line.getvalue()
