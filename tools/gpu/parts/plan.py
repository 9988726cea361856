"""How a run is made: what all parts need to know."""

import shlex
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Plan:
    """The device, the size and the folders of a run."""

    dry: bool  # On the CPU, at toy size.
    work: Path  # For data sets, checkpoints and logs.
    jobs: int  # Commands that may run at a time.

    @property
    def device(self) -> str:
        return 'cpu' if self.dry else 'cuda'

    def command(self, *words, options: dict | None = None) -> str:
        """A command line; ``options`` become ``--cfg-options``."""
        words = [*map(str, words)]
        if options:
            words += ['--cfg-options', *(f'{k}={v}' for k, v in options.items())]
        return shlex.join(words)

    def python(self, *words, options: dict | None = None) -> str:
        """The command line of a Python script."""
        return self.command('python', *words, options=options)
