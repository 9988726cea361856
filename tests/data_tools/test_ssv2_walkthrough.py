"""Run the commands of configs/README.md, from download to prediction."""

import io
import json
import os
import re
import socket
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from mini_downloads import CLASSES, ROOT, SENTENCES, write_video

# A small version of the config that the commands name.
SMALL = f"""
_base_ = ['{ROOT}/configs/xvit_ssv2.py']
model = dict(
    backbone=dict(
        arch=dict(
            _delete_=True, embed_dims=16, num_layers=1, num_heads=2, feedforward_channels=16
        ),
        patch_size=56,
        init_cfg=None,
    ),
    cls_head=dict(in_channels=16, num_heads=2, hidden_channels=16),
)
loader = dict(num_workers=0, persistent_workers=False)
train_dataloader = dict(batch_size=2, **loader)
val_dataloader = dict(batch_size=2, **loader)
test_dataloader = loader
train_cfg = dict(val_interval=35)
default_hooks = dict(checkpoint=dict(interval=35))
"""


@pytest.fixture
def work(tmp_path):
    """A checkout, and the official archives in ``downloads``. One video is truncated."""
    (tmp_path / 'tools').symlink_to(ROOT / 'tools')
    (tmp_path / 'configs').mkdir()
    (tmp_path / 'configs/xvit_ssv2.py').write_text(SMALL)
    downloads = tmp_path / 'downloads'
    downloads.mkdir()
    video = write_video(tmp_path / 'clip.webm', codec='VP90', num_frames=20).read_bytes()
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode='w:gz') as tar:
        for i in range(1, 7):
            data = video[: len(video) // 2] if i == 3 else video
            member = tarfile.TarInfo(f'20bn-something-something-v2/{i}.webm')
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    data = archive.getvalue()
    for i, part in enumerate((data[: len(data) // 2], data[len(data) // 2 :])):
        (downloads / f'20bn-something-something-v2-{i:02d}').write_bytes(part)

    def entries(ids):
        return json.dumps(
            [
                dict(id=str(i), label='x', template=SENTENCES[i], placeholders=[])
                for i in ids
            ]
        )

    labels = downloads / '20bn-something-something-download-package-labels.zip'
    with zipfile.ZipFile(labels, 'w') as file:
        classes = {name: str(i) for i, name in enumerate(CLASSES)}
        file.writestr('labels/labels.json', json.dumps(classes))
        file.writestr('labels/train.json', entries([1, 2, 3, 7]))
        file.writestr('labels/validation.json', entries([4, 5]))
        file.writestr('labels/test.json', json.dumps([dict(id='6')]))
        file.writestr('labels/test-answers.csv', f'6;{CLASSES[6]}\n')
    return tmp_path


def commands():
    """The commands of the section, with one process instead of eight GPUs."""
    text = (ROOT / 'configs/README.md').read_text()
    section = text.split('<!-- sthv2: begin -->')[1].split('<!-- sthv2: end -->')[0]
    blocks = re.findall(r'^```bash\n(.*?)^```', section, flags=re.S | re.M)
    assert len(blocks) == 3 and 'GPUS=8\n' in blocks[2]
    return [block.replace('GPUS=8\n', 'GPUS=1\n') for block in blocks]


def type_in(block, work):
    with socket.socket() as free:
        free.bind(('', 0))
        port = free.getsockname()[1]
    env = dict(os.environ, PORT=str(port), OMP_NUM_THREADS='1')
    # tools/ is a link: without this Python would import the installed package.
    env['PYTHONPATH'] = f'{ROOT}:{env.get("PYTHONPATH", "")}'
    env['PATH'] = f'{Path(sys.executable).parent}:{env["PATH"]}'
    return subprocess.run(
        ['bash', '-c', block], cwd=work, env=env, capture_output=True, text=True
    )


@pytest.mark.slow
def test_from_the_download_to_a_prediction(work):
    prepare, check, train = commands()
    done = type_in(f'set -e\n{prepare}', work)
    assert done.returncode == 0, done.stderr
    root = work / 'data/sthv2'
    text = (root / 'sthv2_train_list_videos.txt').read_text()
    assert text == '1.webm 1\n2.webm 2\n3.webm 3\n'
    assert 'missing,train,7,' in (root / 'preparation_report.csv').read_text()

    done = type_in(check, work)
    assert done.returncode == 0, done.stderr
    assert (root / 'sthv2_train_list_videos.txt').read_text() == '1.webm 1\n2.webm 2\n'
    assert (root / 'sthv2_val_list_videos.txt').read_text() == '4.webm 4\n5.webm 5\n'
    assert '3,3.webm,damaged,' in (root / 'sthv2_train_list_videos_bad.csv').read_text()

    done = type_in(f'set -e\n{train}', work)
    assert done.returncode == 0, done.stderr[-4000:]
    assert 'Epoch(train) [35][1/1]' in re.sub(r' +', ' ', done.stdout)
    assert 'acc/top1' in done.stdout.split('Load checkpoint from')[-1] + done.stderr
    words = re.findall(r'^[01]\.\d{3}  (.+)$', done.stdout, flags=re.M)
    assert len(words) == 5 and set(words) <= set(CLASSES)
