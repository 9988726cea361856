"""Fixtures that several test files use."""

import logging
import runpy
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from epic_files import make_epic

import projects.xvit.engine  # noqa: F401  (as every config here asks for)

ROOT = Path(__file__).resolve().parents[1]
# A shell lets its background jobs ignore Ctrl-C, which some tests send to the commands that
# they start. These commands inherit it, so it is undone here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


@pytest.fixture
def fresh_compiler():
    """Models share code: shapes that one test compiled would be dynamic in the next."""
    torch.compiler.reset()
    yield
    torch.compiler.reset()


@pytest.fixture
def resize_warnings(monkeypatch) -> list[str]:
    """What is logged of tensors that a checkpoint's loading resizes."""
    texts = []

    def write(text: str, logger: str, level: int) -> None:
        assert (logger, level) == ('current', logging.WARNING)
        texts.append(text)

    monkeypatch.setattr('projects.xvit.checkpoints.reshaped.print_log', write)
    return texts


@pytest.fixture(scope='session')
def motion(tmp_path_factory) -> Path:
    """A small motion data set: 32 videos to train on, 16 to validate on."""
    root = tmp_path_factory.mktemp('data') / 'motion'
    script = ROOT / 'tools/data/make_motion_dataset.py'
    command = [sys.executable, script, root, '--num-train', '32', '--num-val', '16']
    subprocess.run([str(part) for part in command], check=True)
    return root


@pytest.fixture(scope='session')
def epic(tmp_path_factory) -> Path:
    """A small EPIC-KITCHENS-100: see :func:`epic_files.make_epic`."""
    return make_epic(tmp_path_factory.mktemp('data') / 'epic')


@pytest.fixture
def tool(monkeypatch, capsys):
    """Run ``tools/NAME.py`` in this process: its exit code and what it printed."""

    def run(name: str, *arguments) -> tuple[int, str]:
        path = ROOT / f'tools/{name}.py'
        monkeypatch.setattr(sys, 'argv', [str(path), *map(str, arguments)])
        code = 0
        try:
            runpy.run_path(str(path), run_name='__main__')
        except SystemExit as exit:
            code = exit.code or 0
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run
