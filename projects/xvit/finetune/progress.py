"""What a work folder was made from, and which stages are finished."""

import json
from pathlib import Path

from ..files import replacing


def read(path: Path) -> dict:
    """Return a JSON file's content, or ``{}`` if there is no such file."""
    return json.loads(path.read_text(encoding='utf-8')) if path.exists() else {}


def write(path: Path, content: dict | list) -> None:
    """Write a JSON file, whole or not at all."""
    with replacing(path, 'w', encoding='utf-8') as file:
        json.dump(content, file, ensure_ascii=False, indent=1)


def check_same(folder: Path, before: dict, now: dict) -> None:
    """Refuse to go on in a folder that was made from something else.

    Args:
        folder: The folder, for the message.
        before: ``arguments``, and ``videos``: size in bytes by path.
        now: The same of this run.

    Raises:
        ValueError: If they differ. It says in what.
    """
    advice = 'Give another --work-dir, or delete this one'
    for name, value in now['arguments'].items():
        old = before['arguments'].get(name)
        if old != value:
            raise ValueError(
                f'{folder} was made with --{name.replace("_", "-")} {old}, now it is '
                f'{value}. {advice}'
            )
    if before['videos'] != now['videos']:
        old, new = before['videos'], now['videos']
        changes = {
            'new': new.keys() - old.keys(),
            'gone': old.keys() - new.keys(),
            'changed': {path for path in new.keys() & old.keys() if new[path] != old[path]},
        }
        found = ', '.join(
            f'{len(paths)} {kind} (such as {min(paths)})'
            for kind, paths in changes.items()
            if paths
        )
        raise ValueError(
            f'the videos are not those that {folder} was made from: {found}. {advice}'
        )
