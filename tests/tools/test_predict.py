"""The real ``tools/predict.py``: prints, tables, annotated videos, kills, wrong input."""

import os
import re
import signal
import sys
import time
from pathlib import Path

import cv2
import pytest
import torch
from commands import ROOT, finish, run, start
from datasets.odd_videos import BAD, grey
from mmengine.config import Config
from predict.tables import read

from projects.xvit.analysis import build_recognizer

CONFIG = ROOT / 'tests/data/tiny_motion.py'


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    path = tmp_path_factory.mktemp('toy') / 'toy.pth'
    torch.manual_seed(0)
    torch.save(build_recognizer(Config.fromfile(CONFIG)).state_dict(), path)
    return path


@pytest.fixture
def folder(tmp_path):
    """Four videos with odd names, of which two are damaged."""
    folder = tmp_path / 'my videos'
    (folder / 'deep').mkdir(parents=True)
    grey(folder / 'a, b.mp4', 1)
    grey(folder / 'deep/ü.avi', 5)
    BAD['may crash the decoder'](folder / 'crash.mp4', 2)
    BAD['no video'](folder / 'deep/text.mp4', 2)
    return folder


def test_a_folder_is_printed_and_written(folder, checkpoint, tool, tmp_path):
    command = ('predict', CONFIG, checkpoint, folder, '--device', 'cpu', '--workers', 2)
    code, printed = tool(*command, '--topk', 2)
    assert code == 1
    assert len(re.findall(r'^0\.\d{3}  class \d$', printed, flags=re.M)) == 4
    assert printed.index(f'{folder}/a, b.mp4\n') < printed.index(f'{folder}/deep/ü.avi\n')
    assert f'error: cannot read {folder}/deep/text.mp4: ' in printed
    out = tmp_path / 'table.parquet'
    code, printed = tool(*command, '--out', out, '--batch-size', 3)
    assert code == 0 and f'4 rows in {out}, 2 of them with an error' in printed
    rows = read(out)
    names = ['a, b.mp4', 'crash.mp4', 'deep/text.mp4', 'deep/ü.avi']
    assert [row['path'] for row in rows] == [f'{folder}/{name}' for name in names]
    assert [row['error'] is None for row in rows] == [True, False, False, True]
    assert rows[1]['name_1'] is None and len(rows[2]['error']) <= 500
    scores = [rows[0][f'score_{i}'] for i in range(1, 6)]
    assert scores == sorted(scores, reverse=True) and 0.5 < sum(scores) < 1

    code, printed = tool(*command, '--out', out, '--topk', 2)
    assert code == 2 and 'rows of a run with another topk: choose another' in printed
    assert read(out) == rows


def test_a_video_is_annotated(folder, checkpoint, tool, tmp_path):
    out, video = tmp_path / 'out.mp4', folder / 'a, b.mp4'
    command = ('predict', CONFIG, checkpoint, video, '--device', 'cpu', '--out-video', out)
    code, printed = tool(*command, '--every', 8, '--topk', 1)
    assert code == 0, printed
    times = re.findall(r'^ +(\d\.\d\d) s  0\.\d{3} class \d$', printed, flags=re.M)
    assert times == [f'{(15 + 8 * i) / 16:.2f}' for i in range(3)]  # The window has 16.
    assert cv2.VideoCapture(str(out)).get(cv2.CAP_PROP_FRAME_COUNT) == 32


WRONG = {
    'no video there': (['nowhere.mp4'], 'nowhere.mp4 does not exist'),
    'no config': (['--config', 'no.py'], 'no.py does not exist'),
    'no labels': (['--labels', 'no.txt'], 'no.txt does not exist'),
    'empty folder': (['EMPTY'], 'has no video'),
    'table': (['--out', 'x.xml'], '--out must end in .csv, .jsonl, .parquet or .png'),
    'picture of many': (['VIDEO', 'LIST', '--out', 'x.png'], 'needs one video, got 3'),
    'top 0': (['--topk', '0'], '--topk must be above 0, got 0'),
    'no decoders': (['--workers', '0'], '--workers must be above 0, got 0'),
    'rows of a camera': (['0', '--out', 'x.csv'], '--out is for video files'),
    'a camera that is not there': (['97'], 'camera 97 cannot be opened'),
    'no such device': (['--device', 'gpu'], "device must be 'cpu' or a GPU ("),
    'no display': (['--show'], '--show needs a display'),
    'an annotated picture': (['--out-video', 'x.png'], '--out-video must end in .mp4'),
    'no torchrun': (['--out', 'x.csv', '--launcher', 'pytorch'], 'needs torchrun'),
    'nothing to share': (['--launcher', 'pytorch'], 'needs --out with a table'),
    'another task': (['--config', 'TASK'], 'the config has no recognizer'),
    'another model': (['--config', 'OTHER'], 'does not fit the config'),
}


@pytest.mark.parametrize('case', WRONG)
def test_wrong_input_is_one_sentence(case, folder, checkpoint, tool, tmp_path, monkeypatch):
    for name in ('RANK', 'DISPLAY', 'WAYLAND_DISPLAY'):
        monkeypatch.delenv(name, raising=False)
    made = tmp_path / 'made'
    (made / 'empty').mkdir(parents=True)
    (made / 'list.txt').write_text('a.mp4\nb.mp4\n')
    (made / 'task.py').write_text(
        f'_base_ = [{str(CONFIG)!r}]\n'
        "model = dict(_delete_=True, type='ActionDataPreprocessor')\n"
    )
    (made / 'other.py').write_text(
        f'_base_ = [{str(CONFIG)!r}]\nmodel = dict(cls_head=dict(num_classes=5))\n'
    )
    before = sorted(made.rglob('*'))
    monkeypatch.chdir(made)
    words = dict(
        EMPTY='empty', VIDEO=folder / 'a, b.mp4', LIST='list.txt', TASK='task.py',
        OTHER='other.py',
    )  # fmt: skip
    arguments, message = WRONG[case]
    arguments = [words.get(word, word) for word in arguments]
    config = CONFIG
    if '--config' in arguments:
        config = arguments[1]
        arguments = []
    if not arguments or str(arguments[0]).startswith('--'):
        arguments = [words['VIDEO'], *arguments]
    code, printed = tool('predict', config, checkpoint, *arguments)
    assert code == 2 and message in printed, printed
    assert 'Traceback' not in printed
    assert sorted(made.rglob('*')) == before


@pytest.mark.slow
@pytest.mark.parametrize('alone', [False, True], ids=['by torchrun', 'by itself'])
def test_2000_videos_by_two_processes_of_which_one_is_killed_twice(
    alone, checkpoint, tmp_path
):
    """torchrun restarts both processes; without it, the killed one is started again."""
    folder, out = tmp_path / 'videos', tmp_path / 'table.csv'
    folder.mkdir()
    for i in range(2000):
        grey(folder / f'{i:04}.mp4', i % 7, size=(64, 64), frames=6 + i % 5)
    for i in range(0, 2000, 400):
        (folder / f'{i:04}.mp4').write_bytes(b'no video')
    command = (
        CONFIG,
        checkpoint,
        folder,
        '--out',
        out,
        '--device',
        'cpu',
        '--batch-size',
        8,
    )
    command = ('tools/predict.py', *command, '--workers', 1, '--launcher', 'pytorch')
    if alone:

        def process(rank):
            return start(
                sys.executable, *command, RANK=str(rank), WORLD_SIZE='2', LOCAL_RANK='0'
            )

        other = process(1)
        for _ in range(2):
            killed = process(0)
            wait_for(out, '0-of-2', 200, killed)
            os.kill(killed.pid, signal.SIGKILL)
            finish(killed)
        output = finish(process(0))[1] + finish(other)[1]
    else:
        torchrun = ('torchrun', '--nproc_per_node', 2, '--max-restarts', 2, '--standalone')
        launched = start(*torchrun, *command)
        for _ in range(2):
            wait_for(out, '1-of-2', 200, launched)
            os.kill(worker(launched.pid, rank=1), signal.SIGKILL)
        code, output = finish(launched)
        assert code == 0, output[-4000:]
    assert f'2000 rows in {out}, 5 of them with an error' in output
    rows = read(out)
    assert [row['path'] for row in rows] == [f'{folder}/{i:04}.mp4' for i in range(2000)]
    assert [i for i, row in enumerate(rows) if row['error']] == list(range(0, 2000, 400))

    again = tmp_path / 'again.csv'
    run(sys.executable, *command[:4], '--out', again, *command[6:-2])
    for row, expected in zip(read(again), rows):
        assert (
            row['score_1'] == pytest.approx(expected['score_1'] or 0, abs=1e-5)
            or row['error']
        )


def wait_for(out: Path, part: str, rows: int, process) -> None:
    """Wait until a process has written so many rows more."""
    path = out.with_name(f'{out.name}.parts') / f'{part}.jsonl'

    def count() -> int:
        return path.read_bytes().count(b'"path"') if path.exists() else 0

    goal = count() + rows
    while count() < goal:
        assert process.poll() is None, process.communicate()[0][-4000:]
        time.sleep(0.005)


def worker(parent: int, rank: int) -> int:
    """The process that torchrun started with this rank."""
    children = Path(f'/proc/{parent}/task/{parent}/children').read_text().split()
    for pid in children:
        if f'RANK={rank}\0'.encode() in Path(f'/proc/{pid}/environ').read_bytes():
            return int(pid)
    raise AssertionError(f'{parent} has no process of rank {rank}')
