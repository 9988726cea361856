"""A progress bar that does not fill a log file."""

import sys
import time

from mmengine.utils import ProgressBar


class Progress:
    """MMEngine's bar, drawn five times a second on a terminal, else once a minute."""

    def __init__(self, total: int) -> None:
        self.total, self.done = total, 0
        self.period = 0.2 if sys.stderr.isatty() else 60
        self.due = time.monotonic() + self.period

    def __enter__(self) -> 'Progress':
        self.bar = ProgressBar(self.total, file=sys.stderr)
        return self

    def step(self) -> None:
        """One more is done."""
        self.done += 1
        if self.done == self.total or time.monotonic() >= self.due:
            self.bar.update(self.done - self.bar.completed)
            self.due = time.monotonic() + self.period

    def __exit__(self, *error) -> None:
        sys.stderr.write('\n')
