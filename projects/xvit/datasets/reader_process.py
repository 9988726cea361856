"""A process for work that may crash or hang, so that a bad video costs only itself."""

import contextlib
import copyreg
import io
import itertools
import mmap
import os
import pickle
import random
import signal
import traceback
from collections.abc import Callable
from multiprocessing import Pipe
from multiprocessing.pool import RemoteTraceback
from typing import Any

import numpy as np
import torch

# Address space for results. The kernel gives memory only to the part that is used.
SHARED_BYTES = 2**28

# PyTorch's data workers and MMEngine handle these. In the reader they must be fatal.
_FATAL = ('SIGSEGV', 'SIGBUS', 'SIGFPE', 'SIGABRT', 'SIGTERM', 'SIGALRM')

_AS_ARRAY = (torch.uint8, torch.int64, torch.float32)


class ReadError(RuntimeError):
    """An error that a function raised in its process: the error's type and message."""


class ReaderProcess:
    """Calls a function in a forked process, with a time limit.

    decord, and the FFmpeg in it, end their process by a segmentation fault on about one
    in 100 randomly damaged mp4 files. The fork is made at the first call, and again after
    a crash. The random states of Python, NumPy and PyTorch are sent there and back, so the
    function draws the same numbers as in the caller's process. Tensors and arrays of the
    result come through shared memory, unless they take more than ``SHARED_BYTES``.

    Args:
        function (Callable): Its arguments and its result must be picklable.
        time_limit (float): Seconds that a call may take.
        kept (type): Errors that are raised as they are, not as :class:`ReadError`. They
            must be picklable.

    Raises:
        ValueError: If ``time_limit`` is not above 0.
    """

    def __init__(
        self,
        function: Callable,
        time_limit: float,
        kept: type[Exception] | tuple[type[Exception], ...] = (),
    ) -> None:
        if not time_limit > 0:  # For the kernel, 0 is no limit.
            raise ValueError(f'time_limit must be above 0 seconds, got {time_limit}')
        self.function = function
        self.time_limit = time_limit
        self.kept = kept
        self._owner = None

    def __call__(self, *args) -> Any:
        """Return ``function(*args)``.

        Raises:
            TimeoutError: If the call took too long. The process was killed.
            ChildProcessError: If the process died.
            ReadError: If the function raised an error that is not of ``kept``.
        """
        if self._owner != os.getpid():  # A fork of this process needs its own reader.
            self._start()
        try:
            self._pipe.send((_random_states(), args))
            succeeded, *answer = self._load(self._pipe.recv_bytes())
        except (EOFError, OSError) as error:
            raise self._death() from error
        if not succeeded:
            error, trace = answer
            raise error from RemoteTraceback(trace)
        value, states = answer
        _set_random_states(states)
        return value

    def _start(self) -> None:
        self._pipe, theirs = Pipe()
        self._shared = mmap.mmap(-1, SHARED_BYTES)
        self._pid = os.fork()
        if self._pid == 0:
            try:
                self._pipe.close()
                self._serve(theirs)
            finally:  # Never return to the caller's code.
                os._exit(1)
        theirs.close()
        self._owner = os.getpid()

    def _serve(self, pipe) -> None:
        for name in _FATAL:
            signal.signal(getattr(signal, name), signal.SIG_DFL)
        with contextlib.suppress(EOFError, OSError):  # The caller has ended.
            while True:
                states, args = pipe.recv()
                _set_random_states(states)
                # The kernel enforces the limit, even if native code hangs.
                signal.setitimer(signal.ITIMER_REAL, self.time_limit)
                answer = self._answer(args)
                signal.setitimer(signal.ITIMER_REAL, 0)
                pipe.send_bytes(answer)

    def _answer(self, args: tuple) -> bytes:
        try:
            value = self.function(*args)
            return self._dump((True, value, _random_states()))
        except Exception as error:
            if not isinstance(error, self.kept):
                error = ReadError(f'{type(error).__name__}: {error}')
            return self._dump((False, error, traceback.format_exc()))

    def _dump(self, answer: tuple) -> bytes:
        """Pickle an answer. Its arrays go to the shared memory, if they all fit."""
        file, buffers = io.BytesIO(), []
        pickler = pickle.Pickler(file, protocol=5, buffer_callback=buffers.append)
        pickler.dispatch_table = copyreg.dispatch_table | {torch.Tensor: _reduce_tensor}
        pickler.dump(answer)
        arrays = [buffer.raw() for buffer in buffers]
        sizes = [array.nbytes for array in arrays]
        if sum(sizes) > SHARED_BYTES:
            return pickle.dumps((file.getvalue(), None, list(map(bytearray, arrays))))
        self._shared.seek(0)
        for array in arrays:
            self._shared.write(array)
        return pickle.dumps((file.getvalue(), sizes, None))

    def _load(self, message: bytes) -> tuple:
        """Undo :meth:`_dump`. The next answer overwrites the shared memory, so copy it."""
        pickled, sizes, arrays = pickle.loads(message)
        if arrays is None:
            stops = list(itertools.accumulate(sizes))
            with memoryview(self._shared) as shared:
                arrays = [
                    bytearray(shared[stop - size : stop])
                    for size, stop in zip(sizes, stops)
                ]
        return pickle.loads(pickled, buffers=arrays)

    def _death(self) -> OSError:
        """Why the process died. The next call starts another."""
        self._pipe.close()
        self._owner = None
        _, status = os.waitpid(self._pid, 0)
        code = os.waitstatus_to_exitcode(status)
        if code == -signal.SIGALRM:
            return TimeoutError(f'took longer than {self.time_limit:g} s')
        cause = signal.Signals(-code).name if code < 0 else f'exit code {code}'
        return ChildProcessError(f'its process died ({cause})')


def _reduce_tensor(tensor: torch.Tensor) -> tuple:
    """Pickle a tensor as an array, whose values need not be copied into the pickle."""
    if tensor.is_contiguous() and not tensor.requires_grad and tensor.dtype in _AS_ARRAY:
        return torch.from_numpy, (tensor.numpy(),)
    return tensor.__reduce_ex__(5)


def _random_states() -> tuple:
    return random.getstate(), np.random.get_state(), torch.get_rng_state().numpy()


def _set_random_states(states: tuple) -> None:
    random.setstate(states[0])
    np.random.set_state(states[1])
    torch.set_rng_state(torch.from_numpy(states[2]))
