"""A function called in a separate process does what it does in the caller's."""

import os
import random

import numpy as np
import pytest
import torch

from projects.xvit.datasets import reader_process
from projects.xvit.datasets.reader_process import ReaderProcess, ReadError


def draw(what):
    if what == 'crash':
        os.abort()
    if what == 'error':
        raise ValueError(what)
    return random.random(), np.random.rand(), torch.rand(()).item(), what


def seed():
    random.seed(1), np.random.seed(1), torch.manual_seed(1)


def test_it_draws_what_the_caller_would_draw():
    seed()
    expected = [draw('a'), draw('b'), draw('c')]
    seed()
    call = ReaderProcess(draw, time_limit=9)
    assert [call('a'), draw('b'), call('c')] == expected


@pytest.mark.parametrize(
    ('what', 'error', 'message'),
    [('crash', ChildProcessError, 'SIGABRT'), ('error', ReadError, '^ValueError: error$')],
)
def test_a_failure_leaves_the_callers_random_state(what, error, message):
    seed()
    expected = [draw('a'), draw('b')]
    seed()
    call = ReaderProcess(draw, time_limit=9)
    first = call('a')
    with pytest.raises(error, match=message):
        call(what)
    assert [first, call('b')] == expected


def test_an_error_comes_with_its_traceback():
    with pytest.raises(ReadError) as error:
        ReaderProcess(draw, time_limit=9)('error')
    assert 'in draw' in str(error.value.__cause__)


class Odd(OSError):
    pass


def raise_odd():
    raise Odd('a message')


def test_errors_that_are_kept_come_as_they_are():
    for kept in (Odd, (KeyError, OSError)):
        with pytest.raises(Odd, match=r'^a message$') as error:
            ReaderProcess(raise_odd, 9, kept)()
        assert 'in raise_odd' in str(error.value.__cause__)
    with pytest.raises(ReadError, match=r'^Odd: a message$'):
        ReaderProcess(raise_odd, 9, KeyError)()


def test_the_function_runs_in_one_other_process():
    call = ReaderProcess(os.getpid, time_limit=9)
    pid = call()
    assert pid != os.getpid() and call() == pid


def arrays(shape, order):
    numbers = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    tensor = torch.from_numpy(numbers).to(torch.bfloat16).transpose(0, 1)
    return dict(order=order, tensor=torch.from_numpy(numbers), numbers=numbers, odd=tensor)


@pytest.mark.parametrize('limit', [2**28, 1000])
def test_arrays_arrive_whole_and_stay(limit, monkeypatch):
    """Through the shared memory, or if they do not fit, through the pipe."""
    monkeypatch.setattr(reader_process, 'SHARED_BYTES', limit)
    call = ReaderProcess(arrays, time_limit=9)
    got = [call((30, 40), 0), call((7, 3), 1), call((30, 41), 2), call((0, 4), 3)]
    for i, shape in enumerate([(30, 40), (7, 3), (30, 41), (0, 4)]):
        expected = arrays(shape, i)
        assert got[i]['order'] == i
        assert np.array_equal(got[i]['numbers'], expected['numbers'])
        assert torch.equal(got[i]['tensor'], expected['tensor'])
        assert torch.equal(got[i]['odd'], expected['odd'])
        got[i]['tensor'] += 1  # It is the caller's own.


def test_bad_time_limit_is_named():
    with pytest.raises(ValueError, match=r'time_limit .* got 0'):
        ReaderProcess(draw, time_limit=0)
