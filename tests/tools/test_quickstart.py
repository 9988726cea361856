"""The quickstart's steps: what the screen and the log get, and what is not repeated."""

import contextlib
import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
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


@pytest.mark.slow
def test_every_step_runs_and_only_unfinished_ones_run_again(motion, tmp_path):
    (tmp_path / 'data').mkdir()
    (tmp_path / 'data/motion').symlink_to(motion)

    def run():
        command = [sys.executable, ROOT / 'tools/quickstart.py']
        env = os.environ | dict(PYTHONPATH=str(ROOT), OMP_NUM_THREADS='1')
        done = subprocess.run(
            command, cwd=tmp_path, env=env, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(done.stdout.splitlines()) < 40 and not done.stderr
        return done.stdout

    first = run()
    assert first.count('== Training') == first.count('== Testing') == 2
    work = tmp_path / 'work_dirs'
    accuracies = [work / name / 'accuracy' for name in quickstart.MODELS]
    assert all(0 <= float(path.read_text()) <= 1 for path in accuracies)
    assert (work / 'prediction.png').read_bytes().startswith(b'\x89PNG')

    # As if the second training had been interrupted before its last checkpoint.
    stopped = work / 'xvit_motion_window0'
    (stopped / 'epoch_8.pth').unlink()
    (stopped / 'last_checkpoint').write_text(str(stopped / 'epoch_7.pth'))
    shutil.copy(work / 'quickstart.log', tmp_path)
    second = run()
    assert second.count('finished earlier') == second.count('== Testing') == 1
    log = (work / 'quickstart.log').read_text()
    added = log.removeprefix((tmp_path / 'quickstart.log').read_text())
    assert 'resumed epoch: 7' in added and 'Epoch(train) [7]' not in added
