"""A function on many arguments, each call in a process that may crash or hang."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from .datasets.reader_process import ReaderProcess, ReadError


class Calls(Dataset):
    """Item i is i and the result of ``function(arguments[i])``, or the error."""

    def __init__(self, function: Callable, arguments: Sequence, time_limit: float) -> None:
        self.arguments = arguments
        self.call = ReaderProcess(function, time_limit)

    def __len__(self) -> int:
        return len(self.arguments)

    def __getitem__(self, index: int) -> tuple[int, Any]:
        try:
            return index, self.call(self.arguments[index])
        except (TimeoutError, ChildProcessError, ReadError) as error:
            return index, error


def calls_apart(
    function: Callable,
    arguments: Sequence,
    processes: int,
    time_limit: float,
    in_order: bool = False,
) -> DataLoader:
    """Results as they come, each with the index of its argument.

    A call that raises an error, crashes its process or takes too long costs only itself:
    its result is the error, as :class:`ReaderProcess` raises it.

    Args:
        function (Callable): Takes one argument.
        arguments (Sequence): One for each call.
        processes (int): How many calls run at a time.
        time_limit (float): Seconds for a call.
        in_order (bool): Results in the order of the arguments.
    """
    return DataLoader(
        Calls(function, arguments, time_limit),
        batch_size=None,
        collate_fn=tuple,  # Results as they are, not as tensors.
        num_workers=min(processes, len(arguments) or 1),
        in_order=in_order,
        multiprocessing_context='fork',
    )


def progress(items: Iterable, **options: Any) -> Iterator:
    """The items, with a progress bar; in a log file, one line a minute. See ``tqdm``."""
    pace = {} if sys.stderr.isatty() else dict(mininterval=60, maxinterval=60)
    yield from tqdm(items, **pace, **options)
