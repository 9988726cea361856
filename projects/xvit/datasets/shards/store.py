"""Read byte ranges of files in a folder, on a disk or in a store that may fail for a while.

fsspec gives the protocols: a path, ``s3://``, ``gs://``, ``http://`` and so on.
"""

import errno
import logging
import queue
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from fsspec import AbstractFileSystem
from fsspec.core import url_to_fs
from mmengine.logging import print_log

from ...checks import check_positive

# Another try would give the same answer. Whatever else a file system raises may pass.
LASTING = (
    *(FileNotFoundError, PermissionError, IsADirectoryError, NotADirectoryError),
    *(ImportError, NotImplementedError),
)
# HTTP 408 and 429 are "timeout" and "too many requests". Other statuses of 4xx stay.
PASSING_STATUSES = (408, 429)
LONGEST_WAIT = 32.0  # seconds between two tries


class StoreError(OSError):
    """The store does not answer, or lacks a file. No video is to blame."""


class DamagedMemberError(ValueError):
    """What the store has of a video is not what was written."""


class Store:
    """The files in a folder. A read is tried again, with growing waits in between.

    The waits are 1, 2, 4, ... up to 32 seconds, less a random part, so that many processes
    do not ask at once. Every failed try is logged.

    Args:
        folder (str): A path, or a URL of a protocol that fsspec knows.
        attempts (int): How often a read is tried.
        timeout (float): Seconds that a try may take.

    Raises:
        TypeError: If ``attempts`` is not an integer.
        ValueError: If ``attempts`` or ``timeout`` is not above 0.
    """

    def __init__(self, folder: str, attempts: int = 7, timeout: float = 30) -> None:
        check_positive('attempts', attempts)
        if not timeout > 0:
            raise ValueError(f'timeout must be above 0 seconds, got {timeout}')
        self.folder = str(folder).rstrip('/')
        self.attempts = attempts
        self.timeout = timeout

    @property
    def longest_read(self) -> float:
        """Seconds after which :meth:`read` has returned or raised an error."""
        waits = sum(_wait(attempt) for attempt in range(1, self.attempts))
        return self.attempts * self.timeout + waits

    def file_system(self, name: str) -> tuple[AbstractFileSystem, str]:
        """Return a file's file system, and its path there. Each process has its own.

        Raises:
            StoreError: If the protocol is unknown, or its package is not installed.
        """
        try:
            # fsspec keeps it for each process and thread. A fork must not use its parent's.
            return url_to_fs(f'{self.folder}/{name}')
        except (ImportError, ValueError) as error:
            raise StoreError(f'{self.folder}: {error}') from error

    def read(
        self, name: str, start: int = 0, end: int | None = None, of: str = ''
    ) -> bytes:
        """Return bytes ``[start, end)`` of a file, or all of it.

        No random number of the run is drawn, whatever libraries do between their tries.

        Args:
            name (str): The file, in the folder.
            start (int): The first byte.
            end (int | None): The byte after the last. ``None``: to the end.
            of (str): What is read, for the messages.

        Raises:
            StoreError: If the file does not exist, or no try succeeded.
            DamagedMemberError: If the file ends before ``end``.
        """
        state = random.getstate()
        try:
            return self._read(name, start, end, of)
        finally:
            random.setstate(state)

    def _read(self, name: str, start: int, end: int | None, of: str) -> bytes:
        file_system, path = self.file_system(name)
        where = f'{of} in {self.folder}/{name}' if of else f'{self.folder}/{name}'
        # By name: s3fs takes a version before them.
        read = partial(file_system.cat_file, path, start=start, end=end)
        for attempt in range(1, self.attempts + 1):
            cause, data = None, b''
            try:
                data = self._within(read)
                if end is None or len(data) == end - start:
                    return data
                reason = f'{len(data)} bytes came instead of {end - start}'
            except Exception as error:
                cause, reason = error, f'{type(error).__name__}: {error}'
            if end is not None and (cause is None or _no_such_range(cause)):
                self._check_size(file_system, path, end, where)
                if len(data) > end - start:
                    raise StoreError(f'{where}: the server has no byte ranges: {reason}')
            if _lasts(cause):
                raise StoreError(f'{where}: {reason}') from cause
            print_log(
                f'try {attempt} of {self.attempts} to read {where} from byte {start} '
                f'failed: {reason}',
                logger='current',
                level=logging.WARNING,
            )
            if attempt < self.attempts:
                time.sleep(_wait(attempt) * random.SystemRandom().uniform(0.5, 1))
        raise StoreError(
            f'{where}: {self.attempts} tries failed, the last with {reason}'
        ) from cause

    def _check_size(
        self, file_system: AbstractFileSystem, path: str, end: int, where: str
    ) -> None:
        try:
            size = self._within(partial(file_system.size, path))
        except Exception:  # The next try tells.
            return
        if size is not None and size < end:
            raise DamagedMemberError(
                f'{where}: the file is cut short: it has {size} bytes, and the video ends '
                f'at byte {end}'
            )

    def _within(self, function: Callable[[], Any]) -> Any:
        """Call a function in a thread, which is left alone if it takes too long.

        Only the file systems that are asynchronous have time limits of their own.
        """
        answer = queue.SimpleQueue()

        def call() -> None:
            try:
                answer.put((function(), None))
            except BaseException as error:
                answer.put((None, error))

        # A daemon does not keep the process from ending.
        threading.Thread(target=call, daemon=True).start()
        try:
            value, error = answer.get(timeout=self.timeout)
        except queue.Empty:
            raise TimeoutError(f'no answer in {self.timeout:g} s') from None
        if error is not None:
            raise error
        return value


def _wait(attempt: int) -> float:
    """Seconds after a failed try, counted from 1."""
    return min(2.0 ** (attempt - 1), LONGEST_WAIT)


def _no_such_range(error: Exception) -> bool:
    """HTTP's status, or s3fs's translation of it."""
    return getattr(error, 'status', 0) == 416 or (
        isinstance(error, OSError) and error.errno == errno.EINVAL
    )


def _lasts(error: Exception | None) -> bool:
    status = getattr(error, 'status', None)
    if isinstance(status, int) and status not in PASSING_STATUSES:
        return 400 <= status < 500
    return isinstance(error, LASTING)
