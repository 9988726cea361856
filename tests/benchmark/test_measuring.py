"""Clocks that the tests set, and memory of known size: nothing here is timed."""

import torch

from projects.xvit.benchmark import timing
from projects.xvit.benchmark.memory import peak_bytes
from projects.xvit.benchmark.timing import interleave, paired_ratio, quartiles

CPU = torch.device('cpu')


def test_rounds_take_turns(monkeypatch):
    """A machine that slows down by half after each round does not change the ratio."""
    clock, order = [0.0], []
    monkeypatch.setitem(timing.CLOCKS, 'wall', lambda: clock[0])

    def step(name, seconds):
        order.append(name)
        clock[0] += seconds * 1.5 ** (len(order) // 2)

    steps = {'a': lambda: step('a', 2.0), 'b': lambda: step('b', 3.0)}
    times = interleave(steps, rounds=3, warmup=1, device=CPU)
    assert order == ['b', 'a', 'a', 'b', 'b', 'a', 'a', 'b']
    assert [len(taken) for taken in times.values()] == [3, 3]
    assert times['a'][0] == 2.0 * 1.5
    assert paired_ratio(times['a'], times['a']) == [1.0, 1.0, 1.0]


def test_the_process_keeps_its_threads():
    threads, before = [], torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        step = {'a': lambda: threads.append(torch.get_num_threads())}
        interleave(step, rounds=2, warmup=0, device=CPU)
    finally:
        torch.set_num_threads(before)
    assert threads == [2, 2]


def test_ratio_is_of_the_same_round():
    assert paired_ratio([2.0, 40.0, 6.0], [1.0, 10.0, 2.0]) == [2.5, 3.0, 3.5]
    assert quartiles([5.0]) == [5.0, 5.0, 5.0]


def test_peak_is_what_is_held_at_once():
    def one_by_one():
        torch.empty(1000, 1000)
        torch.empty(1000, 1000)

    def together():
        return [torch.empty(1000, 1000) for _ in range(2)]

    before = torch.empty(5000, 1000)  # Is not the step's.
    assert peak_bytes(one_by_one, CPU) == 4_000_000
    assert peak_bytes(together, CPU) == 8_000_000
    assert before.nbytes == 20_000_000
