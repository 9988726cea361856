"""The commands that a fine-tuning runs, and what a killed run leaves."""

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from projects.xvit.finetune import stages


def test_the_best_checkpoint_is_the_latest_of_the_best(tmp_path):
    (tmp_path / 'last_checkpoint').write_text('epoch_12.pth')
    assert stages.best_checkpoint(tmp_path) == Path('epoch_12.pth')
    for epoch in (4, 10, 9):  # A kill may leave an older one.
        (tmp_path / f'best_acc_top1_epoch_{epoch}.pth').touch()
    assert stages.best_checkpoint(tmp_path).name == 'best_acc_top1_epoch_10.pth'


def test_a_failed_command_is_named_with_its_status(tmp_path):
    with stages.locked(tmp_path) as lock, pytest.raises(SystemExit) as stopped:
        stages.run('Training', [sys.executable, '-c', 'exit(3)'], lock)
    assert 'Training ended with status 3' in stopped.value.code


def test_finished_stages_are_not_repeated(tmp_path, monkeypatch):
    calls = []

    def run(title, command, lock):
        calls.append(title)
        if title == 'Training':
            (tmp_path / 'train').mkdir()
            (tmp_path / 'train/best_x_epoch_3.pth').touch()
        else:
            (tmp_path / 'test/2026').mkdir(parents=True)
            values = json.dumps({'acc/top1': 0.5, 'time': 2.0})
            (tmp_path / 'test/2026/2026.json').write_text(values)
        if title == 'Testing' and calls.count('Testing') == 1:
            (tmp_path / 'test/2026/2026.json').unlink()
            (tmp_path / 'test/2026').rmdir()
            (tmp_path / 'test').rmdir()
            raise KeyboardInterrupt
        return f'python {title}'

    monkeypatch.setattr(stages, 'run', run)
    with pytest.raises(KeyboardInterrupt):
        stages.train_and_test(tmp_path, Path('tools'), 1, 0)
    for _ in range(2):
        finished = stages.train_and_test(tmp_path, Path('tools'), 1, 0)
        assert finished == dict(
            checkpoint=str(tmp_path / 'train/best_x_epoch_3.pth'),
            metrics={'acc/top1': 0.5},
            commands=['python Training', 'python Testing'],
        )
    assert calls == ['Training', 'Testing', 'Testing']


def test_a_second_run_waits_for_what_the_first_one_left_running(tmp_path, capsys):
    child = 'import sys; sys.stdin.read()'
    with stages.locked(tmp_path) as lock:
        left = subprocess.Popen(
            [sys.executable, '-c', child], stdin=subprocess.PIPE, pass_fds=[lock]
        )
    entered = threading.Event()

    def second():
        with stages.locked(tmp_path):
            entered.set()

    thread = threading.Thread(target=second)
    thread.start()
    assert not entered.wait(0.3)
    left.communicate()  # It ends.
    thread.join(30)
    assert entered.is_set()
    assert 'Another run is at work' in capsys.readouterr().out
