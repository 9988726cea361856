"""A function on many tasks, each in a process that may crash or hang."""

import os
import signal
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Failed:
    """Instead of a result: the process crashed, or was too slow and was ended.

    Args:
        kind: ``'crashed'`` or ``'timeout'``.
        detail: The signal or exit code that it ended with.
    """

    kind: str
    detail: str


class Worker:
    """A process that serves one task after the other.

    It is spawned, since decoders' threads do not survive a fork, and ends when this
    process does, however that ends.
    """

    def __init__(self, function: Callable) -> None:
        context = get_context('spawn')
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, function), daemon=True)
        self.process.start()
        theirs.close()  # so that reading ends when the process does
        self.task: int | None = None  # none while it starts
        self.deadline = float('inf')

    def give(self, task: int, argument: Any, time_limit: float) -> None:
        """Start a task. A process that died meanwhile shows in the next answer."""
        self.task, self.deadline = task, time.monotonic() + time_limit
        with suppress(OSError):
            self.connection.send(argument)

    def answer(self) -> Any:
        """The result, once there is one or the deadline is over; ``None`` when started.

        Raises:
            RuntimeError: If the process ended before it had a task.
        """
        if not self.connection.poll():
            self.end()
            return Failed('timeout', 'over the time limit')
        try:
            return self.connection.recv()
        except (EOFError, OSError):
            self.end()
        code = self.process.exitcode
        ending = f'exit code {code}' if code >= 0 else signal.Signals(-code).name
        if self.task is None:
            raise RuntimeError(f'a process ended as it started: {ending}')
        return Failed('crashed', ending)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def serve(connection: Connection, function: Callable) -> None:
    """Say that the process is ready, then answer each argument with the result."""
    # Ctrl-C reaches all processes of a terminal; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=exit_with_parent, daemon=True).start()
    connection.send(None)
    with suppress(EOFError):
        while True:
            connection.send(function(connection.recv()))


def exit_with_parent() -> None:
    """Also in the middle of a task that hangs."""
    parent_process().join()
    os._exit(1)


def next_to_answer(workers: list[Worker]) -> list[Worker]:
    """Wait for workers that have an answer, or whose deadline is over."""
    soonest = min(worker.deadline for worker in workers)
    seconds = None if soonest == float('inf') else max(soonest - time.monotonic(), 0)
    ready = wait([worker.connection for worker in workers], seconds)
    now = time.monotonic()
    return [w for w in workers if w.connection in ready or w.deadline <= now]


def run_apart(
    function: Callable, arguments: Iterable, processes: int, time_limit: float
) -> Iterator[tuple[int, Any]]:
    """Results as they come, each with the number of its argument.

    A process that crashes, is killed, or takes longer than ``time_limit`` costs its own
    argument only: a ``Failed`` stands for the result, and a new process takes its place.

    Args:
        function: Importable, of one argument.
        arguments: What it is called with.
        processes: How many run at a time.
        time_limit: Seconds for a call.

    Raises:
        RuntimeError: If a process ends before it has any task.
    """
    waiting = deque(enumerate(arguments))
    workers = [Worker(function) for _ in range(min(processes, len(waiting)))]
    try:
        while workers:
            for worker in next_to_answer(workers):
                result = worker.answer()
                if worker.task is not None:
                    yield worker.task, result
                if isinstance(result, Failed):
                    workers.remove(worker)
                    if waiting:
                        workers.append(Worker(function))
                elif waiting:
                    worker.give(*waiting.popleft(), time_limit)
                else:
                    workers.remove(worker)
                    worker.end()
    finally:
        for worker in workers:
            worker.end()
