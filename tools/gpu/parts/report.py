"""The files of a run: one for each part, and the summary of all."""

import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .steps import FAILED, NOT_REACHED, NOT_RUN, PASSED, STOPPED, Step

FAILED_LINES = 80  # Of a failed step's output.
COLOURS = re.compile(r'\x1b\[[0-9;]*m')


@dataclass
class Part:
    """What was run of a part, for its file and its row in the summary."""

    number: int
    title: str
    chosen: bool = True
    steps: list[Step] = field(default_factory=list)
    findings: str = ''  # Markdown, from the output of several steps.
    seconds: float = 0.0

    @property
    def state(self) -> str:
        """Passed only if a step passed, and none failed, was stopped or not reached."""
        if not self.chosen:
            return 'not chosen'
        states = {step.state for step in self.steps}
        if FAILED in states:
            return FAILED
        if states <= {NOT_REACHED}:
            return NOT_REACHED
        if states & {STOPPED, NOT_REACHED}:
            return 'incomplete'
        return PASSED if PASSED in states else NOT_RUN

    @property
    def file(self) -> str:
        return f'{self.number}_{self.title}.md'

    def write(self, out: Path, head: str) -> None:
        """Write the part's file anew."""
        sections = [f'# {self.number}. {self.title.capitalize()}', head]
        if self.findings:
            sections.append(self.findings)
        sections += [_section(step) for step in self.steps]
        _write(out / self.file, [section.strip() for section in sections])


def _section(step: Step) -> str:
    seconds = f', {step.seconds:.0f} s' if step.seconds else ''
    text = f'## {step.name}\n\n{step.verdict}{seconds}\n\n`{step.command}`'
    count = step.lines if step.state == PASSED else FAILED_LINES
    lines = COLOURS.sub('', step.output).rstrip().splitlines()[-count:]
    if not lines:
        return text
    if any(line.startswith('| ') for line in lines):  # A table, which is Markdown already.
        return f'{text}\n\n' + '\n'.join(lines)
    return f'{text}\n\n```\n' + '\n'.join(lines) + '\n```'


def write_summary(parts: Sequence[Part], out: Path, head: str, start: float) -> None:
    """Write ``summary.md`` anew.

    Args:
        parts (Sequence[Part]): All, also those that were not chosen.
        out (Path): The folder.
        head (str): The conditions of the run.
        start (float): When the run began, on the clock ``time.monotonic``.
    """
    lines = ['| part | state | steps | seconds | file |', '| --- ' * 5 + '|']
    details = ['| part | step | state | seconds |', '| --- ' * 4 + '|']
    for part in parts:
        counts = Counter(step.state for step in part.steps)
        steps = ', '.join(f'{count} {state}' for state, count in counts.items())
        file = f'[{part.file}]({part.file})' if part.steps else ''
        name = f'{part.number}. {part.title}'
        lines.append(f'| {name} | {part.state} | {steps} | {part.seconds:.0f} | {file} |')
        details += [
            f'| {part.number} | {step.name} | {step.verdict} | {step.seconds:.0f} |'
            for step in part.steps
        ]
    seconds = f'{time.monotonic() - start:.0f} s so far.'
    sections = ['# GPU check', head, seconds, '\n'.join(lines), '\n'.join(details)]
    _write(out / 'summary.md', sections)


def _write(path: Path, sections: list[str]) -> None:
    # Whole or not at all, without the seconds that importing the plugin takes.
    part = path.with_suffix('.tmp')
    part.write_text('\n\n'.join(sections) + '\n', encoding='utf-8')
    part.replace(path)
