"""Calls that crash or hang, each in a separate process."""

import os
import signal
import time

import mini_downloads  # noqa: F401  (tools/data on the path)
from preparation.workers import run_apart


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
        return 'x' * 10_000_000  # More than a pipe holds.
    return what, os.getpid()


def test_failures_cost_only_their_own_call():
    arguments = ['a', 'exit', 'hang', 'b', 'kill', 'large', 'raise', 'c']
    results = dict(run_apart(act, arguments, processes=2, time_limit=4))
    assert sorted(results) == list(range(8))
    assert [results[i][0] for i in (0, 3, 7)] == ['a', 'b', 'c']
    assert len(results[5]) == 10_000_000
    assert {i: repr(results[i]) for i in (1, 2, 4, 6)} == {
        1: "ChildProcessError('its process died (exit code 3)')",
        2: "TimeoutError('took longer than 4 s')",
        4: "ChildProcessError('its process died (SIGKILL)')",
        6: """ReadError("KeyError: 'raise'")""",
    }


def test_results_do_not_wait_for_a_call_that_hangs():
    running = run_apart(act, ['hang', 'a'], processes=2, time_limit=30)
    number, (what, _) = next(running)
    assert (number, what) == (1, 'a')
    running.close()


def test_a_process_serves_many_calls():
    results = dict(run_apart(act, 'abcdef', processes=1, time_limit=30))
    assert len({pid for _, pid in results.values()}) == 1
    assert [what for what, _ in results.values()] == list('abcdef')


def test_no_argument_gives_no_result():
    assert list(run_apart(act, [], processes=4, time_limit=1)) == []
