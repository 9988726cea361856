"""Run commands until the time is up, and end every process that they started."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GRACE = 5.0  # Seconds to end by itself, after which a command is killed.
PASSED, FAILED, STOPPED = 'passed', 'failed', 'stopped'
NOT_REACHED, NOT_RUN = 'not reached', 'not run'


@dataclass
class Step:
    """A command of a part, and what became of it."""

    name: str
    command: str  # For bash, in the repository's root.
    alone: bool = False  # Nothing may run beside it, since it is timed or needed first.
    not_run: str = ''  # Why it cannot run here.
    lines: int = 12  # How many of the last lines of its output are reported if it passes.
    enough: str = ''  # Stopped after printing this, it has passed.
    # Says what the command has done, or raises ValueError if that is not enough.
    check: Callable[[], str] | None = None
    state: str = NOT_REACHED
    detail: str = ''
    seconds: float = 0.0
    log: Path | None = field(default=None, repr=False)
    process: subprocess.Popen | None = field(default=None, repr=False)
    start: float = 0.0

    @property
    def verdict(self) -> str:
        """Its state, and why."""
        return f'{self.state}: {self.detail}' if self.detail else self.state

    @property
    def output(self) -> str:
        """What it has printed so far."""
        return self.log.read_text(errors='replace') if self.log else ''


def run_steps(
    steps: Sequence[Step],
    deadline: float,
    logs: Path,
    jobs: int = 1,
    report: Callable[[], None] = lambda: None,
) -> None:
    """Run the steps in their order, several at a time; a failed one stops no other.

    Args:
        steps (Sequence[Step]): Their ``state`` and the fields after it are set.
        deadline (float): When to stop, on the clock ``time.monotonic``.
        logs (Path): A folder for their output.
        jobs (int): How many may run at a time.
        report (Callable): Called after each step.
    """
    logs.mkdir(parents=True, exist_ok=True)
    waiting, running = [], []
    for number, step in enumerate(steps):
        step.log = logs / f'{number}.log'
        step.log.write_text('')
        if step.not_run:
            step.state, step.detail = NOT_RUN, step.not_run
        else:
            waiting.append(step)
    try:
        while waiting or running:
            now = time.monotonic()
            while waiting and now < deadline and _fits(waiting[0], running, jobs):
                running.append(waiting.pop(0))
                _start(running[-1])
            for step in list(running):
                if _finished(step, deadline):
                    running.remove(step)
                    report()
            if now >= deadline and not running:
                break
            time.sleep(0.1)
    finally:
        for step in running:
            _end(step.process)
    report()


def _fits(step: Step, running: list[Step], jobs: int) -> bool:
    alone = step.alone or any(other.alone for other in running)
    return not running if alone else len(running) < jobs


def _start(step: Step) -> None:
    step.start = time.monotonic()
    # A group of its own, so that everything it starts can be ended with it.
    with step.log.open('w') as log:
        step.process = subprocess.Popen(
            ['bash', '-c', f'set -eo pipefail; {step.command}'],
            stdout=log,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )


def _finished(step: Step, deadline: float) -> bool:
    """Whether it has ended or was ended. Then its state is set."""
    code, now = step.process.poll(), time.monotonic()
    step.seconds = now - step.start
    if code is None and now < deadline:
        return False
    _end(step.process)
    if code is None:
        step.state, step.detail = STOPPED, f'its time was up after {step.seconds:.0f} s'
        if step.enough and step.enough in step.output:
            step.state = PASSED
    elif code:
        step.state, step.detail = FAILED, f'exit status {code}'
    else:
        step.state = PASSED
        try:
            found = step.check() if step.check else ''
        except ValueError as error:
            step.state = FAILED
            found = step.detail = str(error)
        with step.log.open('a') as log:
            log.write(found)
    return True


def _end(process: subprocess.Popen) -> None:
    """End the command's group. torchrun itself ends its workers, which have others."""
    for sign, wait in ((signal.SIGTERM, GRACE), (signal.SIGKILL, 1.0)):
        end = time.monotonic() + wait
        try:
            os.killpg(process.pid, sign)
            while time.monotonic() < end:
                process.poll()  # A zombie would stay in the group.
                os.killpg(process.pid, 0)
                time.sleep(0.05)
        except ProcessLookupError:
            return
