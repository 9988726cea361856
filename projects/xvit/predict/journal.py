"""The rows of a run that may be killed at any moment, and run again."""

import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """What is known of one video: its best classes, or why there are none.

    ``size`` and ``mtime_ns`` are those of the file that was read, 0 if there was none.
    ``time_ns`` is when the row was made.
    """

    path: str
    size: int
    mtime_ns: int
    names: tuple[str, ...] = ()
    scores: tuple[float, ...] = ()
    error: str | None = None
    time_ns: int = field(default_factory=time.time_ns)


def file_state(path: str) -> tuple[int, int]:
    """Size and time of change of a file, which tell whether it is still the same."""
    try:
        stat = os.stat(path)
    except OSError:
        return 0, 0
    return stat.st_size, stat.st_mtime_ns


class Journal:
    """A folder with one append-only file of JSON lines per process.

    A killed process leaves at most a half-written last line, which is ignored. Only one
    process writes a file, so the processes do not have to wait for each other. Each file
    begins with the settings of its run.

    Args:
        folder (Path): Made with the first part.
        settings (dict[str, str]): What the rows depend on. Rows of other settings are
            refused.
    """

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder, self.settings = folder, settings

    def rows(self) -> dict[str, Row]:
        """The rows of all processes by path. Of several rows of a video, the newest counts.

        Raises:
            ValueError: If the rows are of other settings.
        """
        found: dict[str, Row] = {}
        for part in sorted(self.folder.glob('*.jsonl')):
            for line in part.read_text(errors='replace').splitlines():
                try:
                    entry = json.loads(line)
                except ValueError:  # Blank, or half-written.
                    continue
                if 'settings' in entry:
                    self._check(part, entry['settings'])
                    continue
                best = {key: tuple(entry[key]) for key in ('names', 'scores')}
                row = Row(**entry | best)
                if row.path not in found or found[row.path].time_ns <= row.time_ns:
                    found[row.path] = row
        return found

    def _check(self, part: Path, settings: dict[str, str]) -> None:
        names = settings.keys() | self.settings.keys()
        other = sorted(n for n in names if settings.get(n) != self.settings.get(n))
        if other:
            raise ValueError(
                f'{part} has rows of a run with another {" and ".join(other)}: choose '
                f'another output, or delete {self.folder} to start again'
            )

    @contextmanager
    def part(self, name: str) -> Iterator[Callable[[Row], None]]:
        """Open the file of one process, and yield what appends a row to it.

        The row is handed to the system at once, so that it outlives this process.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / f'{name}.jsonl', 'a', buffering=1) as file:
            file.write('\n')  # The last line may be half-written.
            file.write(json.dumps(dict(settings=self.settings)) + '\n')
            yield lambda row: file.write(json.dumps(asdict(row)) + '\n')
