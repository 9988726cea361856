"""A table by several processes, of which each may be killed and run again."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from mmengine.config import Config

from ..checkpoints.verify import short_hash
from ..pipelines import pipeline_steps
from .journal import Journal, Row, file_state
from .scores import Prediction, read_names
from .table import check_format, write_table

DIGITS = 6  # Of a score.


class TableRun:
    """One process's part in writing a table.

    The video at place i of the list belongs to process ``i % processes``. So the processes
    do not talk to each other. One that was killed can be started again alone, and a run may
    go on with another number of processes. The process that ends last writes the table.

    Rows are kept in the folder ``TABLE.parts`` (see :class:`Journal`). A later run predicts
    only videos that are new, have changed, or could not be read.

    Args:
        out (Path): The table.
        videos (Sequence[str]): All videos, the same list in each process.
        topk (int): Classes of a row.
        rank (int): This process's number, from 0.
        processes (int): How many there are.

    Raises:
        ValueError: If the table's format is unknown.
        FileExistsError: If the table exists, but not the folder that it was made from.
    """

    def __init__(
        self, out: Path, videos: Sequence[str], topk: int, rank: int = 0, processes: int = 1
    ) -> None:
        check_format(out)
        self.out, self.videos, self.topk = out, videos, topk
        self.mine = videos[rank::processes]
        self.name = f'{rank}-of-{processes}'
        self.folder = out.with_name(f'{out.name}.parts')
        if out.exists() and not self.folder.exists():
            raise FileExistsError(
                f'{out} exists, but not {self.folder}, from which a run goes on: delete '
                'the one or choose another --out'
            )

    def settings(
        self, cfg: Config, checkpoint: Path, labels: Sequence[Path] | None, split: str
    ) -> dict[str, str]:
        """What the rows depend on, as short hashes that all machines agree on."""
        steps = pipeline_steps(cfg, split)
        return dict(
            config=_hash(repr((cfg.model, steps))),
            checkpoint=short_hash(checkpoint),
            labels=_hash(json.dumps(read_names(labels)[0])) if labels else 'default',
            topk=str(self.topk),
        )

    def start(self, settings: dict[str, str]) -> list[str]:
        """The videos that this process has to predict.

        Raises:
            ValueError: If there are rows of other settings.
        """
        self.journal = Journal(self.folder, settings)
        known = self.journal.rows()
        self.states = {path: file_state(path) for path in self.mine}
        return [path for path in self.mine if not self._is_done(known.get(path))]

    def _is_done(self, row: Row | None) -> bool:
        if row is None or row.error:
            return False
        return (row.size, row.mtime_ns) == self.states[row.path]

    def record(self, results: Iterable[tuple[str, Prediction | str]]) -> None:
        """Write a row for each result as it comes."""
        with self.journal.part(self.name) as append:
            for path, result in results:
                if isinstance(result, str):
                    append(Row(path, *self.states[path], error=result))
                    continue
                names, scores = zip(*result.top(self.topk))
                scores = tuple(round(score, DIGITS) for score in scores)
                append(Row(path, *self.states[path], names, scores))

    def finish(self) -> str:
        """Write the table if all rows are there. Return a sentence of what was done."""
        rows = self.journal.rows()
        missing = sum(path not in rows for path in self.videos)
        if missing:
            return (
                f'{len(self.videos) - missing} of {len(self.videos)} rows are there. The '
                f'process that ends last writes {self.out}. If none is running, run the '
                'same command again'
            )
        table = [rows[path] for path in self.videos]
        write_table(self.out, table, self.topk)
        bad = sum(row.error is not None for row in table)
        return f'{len(table)} rows in {self.out}, {bad} of them with an error'


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode('utf-8', 'surrogateescape')).hexdigest()[:8]
