"""Processes that crash or hang, each with a task of its own."""

import os
import signal
import time

import mini_downloads  # noqa: F401  (tools/data on the path)
import pytest
from preparation.workers import Failed, run_apart


def act(what):
    if what == 'hang':
        time.sleep(1000)
    if what == 'exit':
        os._exit(3)
    if what == 'raise':
        raise KeyError(what)
    if what == 'kill':
        os.kill(os.getpid(), signal.SIGKILL)
    if what == 'large':
        return 'x' * 10_000_000  # more than a pipe holds
    return what, os.getpid()


def test_failures_cost_only_their_own_task():
    tasks = ['a', 'exit', 'hang', 'b', 'kill', 'large', 'raise', 'c']
    results = dict(run_apart(act, tasks, processes=2, time_limit=2))
    assert sorted(results) == list(range(8))
    assert [results[i][0] for i in (0, 3, 7)] == ['a', 'b', 'c']
    assert results[1] == Failed('crashed', 'exit code 3')
    assert results[2] == Failed('timeout', 'over the time limit')
    assert results[4] == Failed('crashed', 'SIGKILL')
    assert len(results[5]) == 10_000_000
    assert results[6] == Failed('crashed', 'exit code 1')


def test_a_process_serves_many_tasks():
    results = dict(run_apart(act, 'abcdef', processes=1, time_limit=30))
    assert len({pid for _, pid in results.values()}) == 1
    assert [what for what, _ in results.values()] == list('abcdef')


def test_no_task_starts_no_process():
    assert list(run_apart(act, [], processes=4, time_limit=1)) == []


def test_leaving_early_ends_the_processes():
    running = run_apart(act, ['a', 'hang', 'hang'], processes=2, time_limit=100)
    _, (_, pid) = next(running)
    running.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


class Unloadable:
    """Pickles here, and cannot be loaded by the process that is started."""

    def __reduce__(self):
        return os._exit, (5,)


def test_processes_that_cannot_start_are_an_error():
    with pytest.raises(RuntimeError, match='ended as it started: exit code 5'):
        list(run_apart(Unloadable(), ['a'], processes=1, time_limit=5))
