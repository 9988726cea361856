"""tools/stream.py and tools/test_stream.py as a user runs them."""

import functools
import http.server
import json
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from commands import ROOT, start
from mmengine.config import Config

from projects.xvit.analysis import build_recognizer

CONFIG = 'configs/xvit_stream_motion.py'


@pytest.fixture(scope='module')
def untrimmed(tmp_path_factory):
    """One untrimmed video to train on, two to test on."""
    root = tmp_path_factory.mktemp('data') / 'untrimmed'
    script = ROOT / 'tools/data/make_motion_dataset.py'
    command = [sys.executable, script, root, '--untrimmed', '--num-train=1', '--num-val=2']
    subprocess.run(list(map(str, command)), check=True)
    return root


@pytest.fixture(scope='module')
def checkpoint(tmp_path_factory):
    """Random weights of the config's model."""
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp('model') / 'epoch_1.pth'
    model = build_recognizer(Config.fromfile(ROOT / CONFIG))
    torch.save(dict(state_dict=model.state_dict(), meta={}), path)
    return path


def test_a_file_to_video_picture_and_json(tool, untrimmed, checkpoint, tmp_path):
    video = untrimmed / 'val/00000.mp4'
    code, said = tool(
        'stream', ROOT / CONFIG, checkpoint, video, '--labels', untrimmed / 'classes.txt',
        '--out-video', tmp_path / 'a.mp4', '--timeline', tmp_path / 'a.png',
        '--json', tmp_path / 'a.json', '--annotations', untrimmed / 'val.json',
        '--chunk', 7, '--device', 'cpu',
    )  # fmt: skip
    assert code == 0, said
    # 320 frames are no multiple of 7, and the model answers three frames late.
    assert '320 frames in ' in said and 'delay: 3 frames (0.188 s)' in said
    assert 'dropped: 0 frames' in said
    assert cv2.VideoCapture(str(tmp_path / 'a.mp4')).get(cv2.CAP_PROP_FRAME_COUNT) == 320
    assert (tmp_path / 'a.png').read_bytes().startswith(b'\x89PNG')
    content = json.loads((tmp_path / 'a.json').read_text())
    assert content['frames']['numbers'] == list(range(320))
    assert content['delay'] == 3 and content['window'] == 8 and content['dropped'] == 0
    changes = re.findall(r'^ +[\d.]+ s  ', said, flags=re.M)
    assert len(changes) == len(content['segments'])
    assert {path.name for path in tmp_path.iterdir()} == {'a.mp4', 'a.png', 'a.json'}


class Handler(http.server.SimpleHTTPRequestHandler):
    """Gives a file once, then fails."""

    given = 0

    def do_GET(self):
        type(self).given += 1
        if type(self).given > 1:
            self.send_error(404)
            return
        super().do_GET()

    def log_message(self, *_):
        pass


def test_an_address_that_breaks(tool, checkpoint, tmp_path):
    code = cv2.VideoWriter_fourcc(*'MJPG')  # In AVI, which can be read from its start.
    writer = cv2.VideoWriter(str(tmp_path / 'a.avi'), code, 16, (80, 64))
    for _ in range(320):
        writer.write(np.zeros((64, 80, 3), np.uint8))
    writer.release()
    Handler.given = 0
    serve = functools.partial(Handler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(('127.0.0.1', 0), serve) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f'http://127.0.0.1:{server.server_port}/a.avi'
        code, said = tool(
            'stream', ROOT / CONFIG, checkpoint, address, '--json', tmp_path / 'a.json',
            '--retries', 1, '--queue', 400, '--device', 'cpu',
        )  # fmt: skip
        server.shutdown()
    assert code == 0, said
    assert 'connection lost after 320 frames, and not opened again in 1 tries' in said
    content = json.loads((tmp_path / 'a.json').read_text())
    assert len(content['frames']['labels']) + content['dropped'] == 320
    assert len(content['problems']) == 1


@pytest.mark.slow
def test_ctrl_c_writes_what_there_is(untrimmed, checkpoint, tmp_path):
    frames = tmp_path / 'long.mp4'
    content = cv2.VideoCapture(str(untrimmed / 'val/00000.mp4'))
    _, frame = content.read()
    writer = cv2.VideoWriter(str(frames), cv2.VideoWriter_fourcc(*'mp4v'), 16, (80, 64))
    for _ in range(20000):
        writer.write(frame)
    writer.release()
    out = tmp_path / 'out'
    out.mkdir()
    process = start(
        sys.executable, 'tools/stream.py', CONFIG, checkpoint, frames, '--device', 'cpu',
        '--out-video', out / 'a.mp4', '--json', out / 'a.json',
    )  # fmt: skip
    while not list(out.glob('part-*')):
        assert process.poll() is None, process.stdout.read()
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0, said
    count = len(json.loads((out / 'a.json').read_text())['frames']['numbers'])
    assert 0 < count < 20000 and f'{count} frames in' in said
    video = cv2.VideoCapture(str(out / 'a.mp4'))
    assert video.get(cv2.CAP_PROP_FRAME_COUNT) == count
    assert len(list(out.iterdir())) == 2


@pytest.mark.parametrize(
    ('arguments', 'code', 'message'),
    [
        (('nowhere.mp4',), 1, 'nowhere.mp4 is neither a video file'),
        ((Path(__file__),), 1, 'cannot be opened as a video'),
        (('0', '--window', 0), 2, '--window must be at least 1, got 0'),
        (('0', '--labels', 'no.txt'), 2, 'no.txt does not exist'),
        (('0', '--json', 'no/a.json'), 2, 'no is not a folder'),
        (('0', '--labels', ROOT / 'LICENSE'), 1, 'the model 8 classes'),
        (('0', '--device', 'cuda:99'), 1, "got 'cuda:99'"),
    ],
)
def test_bad_arguments_are_named(tool, checkpoint, arguments, code, message):
    found, said = tool('stream', ROOT / CONFIG, checkpoint, '--device', 'cpu', *arguments)
    assert found == code and message in said and 'Traceback' not in said


def test_a_model_that_cannot_be_streamed_is_named(tool, checkpoint, untrimmed):
    video = untrimmed / 'val/00000.mp4'
    code, said = tool(
        'stream', ROOT / 'configs/laps_motion.py', checkpoint, video, '--device', 'cpu'
    )
    assert code == 1 and 'Leap reads the whole clip' in said


def test_the_test_command_prints_the_figures(tool, checkpoint, untrimmed):
    changes = sum(
        len(about['segments']) - 1
        for about in json.loads((untrimmed / 'val.json').read_text())['videos'].values()
    )
    code, said = tool(
        'test_stream', ROOT / CONFIG, checkpoint, '--device', 'cpu',
        '--cfg-options', f'test_dataloader.dataset.data_root={untrimmed}',
    )  # fmt: skip
    assert code == 0, said
    assert '2 videos, 640 frames' in said and f'{changes} changes' in said
