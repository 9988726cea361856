"""Reading official annotation files, with errors that name file and row; writing lists.

A row is named ``FILE:LINE`` in a table and ``FILE, entry NUMBER`` (from 1) in JSON.
"""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from projects.xvit.files import replacing


def find_file(folder: Path, names: list[str]) -> Path:
    """Return the first of ``names`` that is a file in ``folder``.

    Raises:
        FileNotFoundError: If none of them is.
    """
    for name in names:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f'{folder} has none of {", ".join(names)}')


def read_text(path: Path) -> str:
    """Return the file's text.

    Raises:
        ValueError: If it is empty or not UTF-8.
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
    """Yield ``FILE:LINE`` of each row, and its stripped cells by column.

    Args:
        path: A text file with a table.
        columns: Columns that must exist and have no empty cell. A file with a header may
            have more columns.
        delimiter: What separates two cells.
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
    """Return the content of a JSON file, which must be of type ``kind`` and not empty.

    Raises:
        ValueError: If it is not.
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
    """Yield ``FILE, entry NUMBER`` of each object in a JSON list, and the object.

    Args:
        path: A JSON file.
        **fields: Keys that every object must have, and their types. Text must not be empty.

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
    """Return ``float(text)``. ``ValueError`` names the row if it is not finite and >= 0."""
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
    """Write files of lines. If one cannot be written, none of them changes."""
    with ExitStack() as stack:
        for path, lines in reversed(files.items()):  # The stack replaces the first first.
            file = stack.enter_context(replacing(path, 'w', encoding='utf-8'))
            file.writelines(f'{line}\n' for line in lines)
            file.flush()  # A full disk shows before the first file is replaced.


def csv_line(cells: list) -> str:
    """Return a row of a CSV file, with quotes where they are needed."""
    line = io.StringIO()
    csv.writer(line, lineterminator='').writerow(cells)
    return line.getvalue()
