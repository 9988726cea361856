"""Run the project's commands as a user does, and read what they leave."""

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import torch

ROOT = Path(__file__).resolve().parents[1]
CONFIG = 'tests/data/tiny_motion.py'


def free_port() -> int:
    with socket.socket() as free:
        free.bind(('', 0))
        return free.getsockname()[1]


def start(*command, **environment) -> subprocess.Popen:
    """Start a command in the repository, one thread a process, on a free port."""
    env = {'PORT': str(free_port()), **os.environ, 'OMP_NUM_THREADS': '1', **environment}
    env['PATH'] = f'{Path(sys.executable).parent}:{env["PATH"]}'
    env['PYTHONPATH'] = f'{ROOT}:{ROOT / "tests"}:{env.get("PYTHONPATH", "")}'
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=ROOT,
        env=env,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def finish(process: subprocess.Popen, timeout: float = 300) -> tuple[int, str]:
    """Its exit code and what it printed; an error if it hangs, with all its processes."""
    try:
        output, _ = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        raise AssertionError(f'hung for {timeout} s: {output[-4000:]}') from None
    return process.returncode, output


def run(*command, **environment) -> str:
    """What a command that must succeed printed."""
    code, output = finish(start(*command, **environment))
    assert code == 0, output[-4000:]
    return output


def python(code: str) -> tuple[int, str]:
    """Run code in a fresh interpreter; its return code and what it printed."""
    done = subprocess.run(
        [sys.executable, '-c', textwrap.dedent(code)], capture_output=True, text=True
    )
    return done.returncode, done.stdout + done.stderr


def options(motion: Path, **extra) -> list[str]:
    """``--cfg-options`` for the small motion data set."""
    values = {f'{split}_dataloader.dataset.data_root': motion for split in SPLITS}
    return ['--cfg-options', *(f'{key}={value}' for key, value in (values | extra).items())]


def fault(hook: str, **arguments) -> dict[str, object]:
    """What :func:`options` takes to add a hook of ``fault_hooks``."""
    arguments = dict(type=hook, **arguments)
    return {f'default_hooks.fault.{key}': value for key, value in arguments.items()}


SPLITS = ('train', 'val', 'test')


def losses(work: Path) -> dict[int, tuple[float, float]]:
    """Loss and gradient norm at every iteration, the last run's where runs overlap."""
    curve = {}
    for path in sorted(work.glob('*/vis_data/scalars.json')):
        for line in path.read_text().splitlines():
            scalars = json.loads(line)
            if 'loss' in scalars:
                curve[scalars['step']] = scalars['loss'], scalars['grad_norm']
    return curve


def last_checkpoint(work: Path) -> dict:
    """The checkpoint that ``last_checkpoint`` names, opened."""
    return torch.load((work / 'last_checkpoint').read_text())


def same(one, other) -> bool:
    """Whether two checkpoints' parts are equal to the last bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other
