"""The quickstart's steps: what the screen and the log get, and what is not repeated."""

import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools'))
import quickstart  # noqa: E402

LINES = """
from time import sleep
for step in range(1, 201):
    epoch = 1 + step // 101
    line = f'INFO - Epoch(train)  [{epoch}][{step - epoch * 100 + 100:3}/100]  lr: 1e-3'
    print(f'{line}  loss: 0.{epoch}5  n: 1', flush=True)
    sleep(0.005)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    quickstart.WORK.mkdir()
    return tmp_path


def test_the_log_gets_the_output_and_the_screen_two_lines(folder, capsys):
    quickstart.run('Training', [sys.executable, '-c', LINES], epochs=2)
    printed = capsys.readouterr()
    assert printed.out.splitlines()[0] == '== Training'
    assert len(printed.out.splitlines()) == 2 and not printed.err
    assert len(quickstart.LOG.read_text().splitlines()) == 200


def test_a_terminal_shows_a_progress_bar(folder):
    code = f'import quickstart; quickstart.run("Training", {["python", "-c", LINES]}, 2)'
    reader, writer = pty.openpty()
    size = struct.pack('HHHH', 40, 100, 0, 0)  # rows, columns
    fcntl.ioctl(writer, termios.TIOCSWINSZ, size)
    env = os.environ | dict(PYTHONPATH=str(ROOT / 'tools'))
    with subprocess.Popen([sys.executable, '-c', code], stderr=writer, env=env) as process:
        os.close(writer)
        shown = b''
        with contextlib.suppress(OSError):  # The terminal was closed.
            while part := os.read(reader, 4096):
                shown += part
    os.close(reader)
    assert process.returncode == 0
    assert b'epoch 1, loss 0.15' in shown and b'epoch 2, loss 0.25' in shown
    assert b'/200 [' in shown and b'\n' not in shown


@pytest.mark.parametrize(
    ('end', 'status'), [('exit(3)', 3), ('os.kill(os.getpid(), 9)', 137)]
)
def test_a_failed_step_shows_the_end_of_its_output_and_keeps_its_status(
    folder, capsys, end, status
):
    code = f'import os\nfor i in range(99): print("line", i, flush=True)\n{end}'
    with pytest.raises(SystemExit) as stopped:
        quickstart.run('Rendering', [sys.executable, '-c', code])
    assert stopped.value.code == status
    error = capsys.readouterr().err
    assert 'line 98' in error and 'line 60\n' not in error
    assert str(quickstart.LOG) in error
    assert 'line 0\n' in quickstart.LOG.read_text()


def test_pip_is_quiet_and_shown_when_it_fails(tmp_path):
    for name in ('tools', 'requirements', '.venv/bin'):
        (tmp_path / name).mkdir(parents=True)
    shutil.copy(ROOT / 'tools/env.sh', tmp_path / 'tools')
    for name in ('setup.cfg', 'setup.py', 'requirements/tested.txt'):
        (tmp_path / name).touch()
    python = tmp_path / '.venv/bin/python'

    def source(pip):
        python.write_text(f'#!/bin/sh\n{pip}\n')
        python.chmod(0o755)
        command = ['bash', '-c', f'source {tmp_path}/tools/env.sh; echo "$PATH"']
        return subprocess.run(command, capture_output=True, text=True)

    failed = source('echo no such package; exit 7')
    assert failed.returncode == 1 and 'no such package' in failed.stderr
    assert 'tested.txt' not in failed.stderr  # The first installation ended it.
    made = source('echo Collecting')
    assert made.returncode == 0 and 'Collecting' not in made.stdout + made.stderr
    assert len(made.stdout.splitlines()) == 3
    again = source('exit 7')
    assert again.returncode == 0 and again.stdout.startswith(f'{tmp_path}/.venv/bin:')


@pytest.mark.slow
def test_an_interrupted_quickstart_goes_on_and_repeats_no_finished_step(motion, tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/motion').symlink_to(motion)
    work = tmp_path / 'work_dirs'
    env = os.environ | dict(PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')

    def start():
        return subprocess.Popen(
            [sys.executable, ROOT / 'tools/quickstart.py'],
            cwd=tmp_path,
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    interrupted = start()
    while not (work / 'xvit_motion_window0/epoch_2.pth').exists():
        assert interrupted.poll() is None, interrupted.communicate()
        time.sleep(0.05)
    os.killpg(interrupted.pid, signal.SIGINT)  # As Ctrl-C does.
    _, error = interrupted.communicate(timeout=60)
    assert interrupted.returncode == 130 and 'to go on' in error
    assert not (work / 'xvit_motion_window0/epoch_8.pth').exists()

    second = start()
    output, error = second.communicate(timeout=300)
    assert second.returncode == 0 and not error, output + error
    assert len(output.splitlines()) < 40
    assert output.count('finished earlier') == output.count('== Testing') == 1
    assert 'resumed epoch:' in (work / 'quickstart.log').read_text()
    accuracies = [work / name / 'accuracy' for name in quickstart.MODELS]
    assert all(0 <= float(path.read_text()) <= 1 for path in accuracies)
    assert (work / 'prediction.png').read_bytes().startswith(b'\x89PNG')
