"""The commands of a fine-tuning, one after another. A finished one is not repeated."""

import fcntl
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from . import progress


@contextmanager
def locked(folder: Path) -> Iterator[int]:
    """Wait until no other run is at work in a folder, and keep others waiting.

    Yields:
        int: The lock's file descriptor. A command that inherits it holds the lock too.
    """
    with open(folder / 'lock', 'w') as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print(f'Another run is at work in {folder}: waiting for its end', flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock.fileno()


def run(title: str, command: list, lock: int) -> str:
    """Run a command, with its output on the screen, and return it as text.

    Raises:
        SystemExit: If it failed.
    """
    text = shlex.join(map(str, command))
    print(f'== {title}\n{text}', flush=True)
    with socket.socket() as free:
        free.bind(('', 0))
        port = os.environ.get('PORT', str(free.getsockname()[1]))
    # The lock stays with the command, even if this process is killed.
    process = subprocess.Popen(
        list(map(str, command)), env=os.environ | dict(PORT=port), pass_fds=[lock]
    )
    try:
        code = process.wait()
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if code:
        sys.exit(
            f'error: {title} ended with status {code}; the reason is above. Fix it, '
            'and run the same command to go on'
        )
    return text


def tool(path: Path, gpus: int, positional: list, *options) -> list:
    """Return the command of ``NAME.py``, or of ``dist_NAME.sh`` for several processes."""
    if gpus > 1:
        return ['bash', path.with_name(f'dist_{path.stem}.sh'), *positional, gpus, *options]
    return [sys.executable, path, *positional, *options]


def best_checkpoint(folder: Path) -> Path:
    """Return the checkpoint that was best on the validation videos, or the last one."""
    best = {
        int(re.search(r'_epoch_(\d+)', path.name)[1]): path
        for path in folder.glob('best_*_epoch_*.pth')
    }
    return best[max(best)] if best else Path((folder / 'last_checkpoint').read_text())


def train_and_test(folder: Path, tools: Path, gpus: int, lock: int) -> dict:
    """Train and test ``folder/config.py``, as far as that is not finished.

    Args:
        folder: Gets ``train/``, ``test/`` and ``finished.json``.
        tools: The folder of ``train.py`` and ``test.py``.
        gpus: Processes.
        lock: From :func:`locked`.

    Returns:
        dict: ``checkpoint``, the ``metrics`` on the test videos, and the ``commands``.
    """
    config, work, state = folder / 'config.py', folder / 'train', folder / 'finished.json'
    finished = progress.read(state)
    if 'checkpoint' not in finished:
        # Without a checkpoint, --resume would drop the config's load_from.
        resume = ['--resume'] if (work / 'last_checkpoint').exists() else []
        command = tool(tools / 'train.py', gpus, [config], '--work-dir', work, *resume)
        text = run('Training', command, lock)
        finished = dict(checkpoint=str(best_checkpoint(work)), commands=[text])
        progress.write(state, finished)
    if 'metrics' not in finished:
        results = folder / 'test'
        positional = [config, finished['checkpoint']]
        command = tool(tools / 'test.py', gpus, positional, '--work-dir', results)
        finished['commands'].append(run('Testing', command, lock))
        # The newest: the folders are named by the time. Metrics have a prefix, times none.
        values = json.loads(max(results.glob('*/*.json')).read_text())
        finished['metrics'] = {name: value for name, value in values.items() if '/' in name}
        progress.write(state, finished)
    return finished


def write_report(
    folder: Path, tools: Path, checkpoint: str, commands: list[str], lock: int
) -> None:
    """Write ``report.html`` and ``report.json`` into ``folder``, unless they exist."""
    if all((folder / f'report.{kind}').exists() for kind in ('html', 'json')):
        return
    files = [folder / 'config.py', checkpoint, folder]
    options = ['--left-out', folder / 'left_out.json', '--command', *commands]
    run('Writing the report', [sys.executable, tools / 'report.py', *files, *options], lock)
