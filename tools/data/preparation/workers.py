"""A function on many arguments, with a progress bar."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from projects.xvit.workers import calls_apart, progress


def run_apart(
    function: Callable, arguments: Sequence, processes: int, time_limit: float
) -> Iterator[tuple[int, Any]]:
    """Yield the results of :func:`calls_apart` as they come, and show a progress bar."""
    return progress(calls_apart(function, arguments, processes, time_limit))
