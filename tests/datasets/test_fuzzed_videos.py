"""Thousands of damaged mp4 files through decoding and sampling, in data workers."""

import random
import subprocess

import imageio_ffmpeg
import pytest
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader

from projects.xvit.datasets.decoders import DECODERS

BOXES = b'ftyp moov mvhd trak tkhd mdia mdhd minf stbl stsd stts stss stsc stsz stco mdat'
EXTREME = (0, 1, 7, 8, 2**31 - 1, 2**31, 2**32 - 1)


def flip_bits(data, rng, start=0, end=None):
    for _ in range(rng.choice([1, 4, 32, 256])):
        data[rng.randrange(start, end or len(data))] ^= 1 << rng.randrange(8)


def flip_bits_of_the_header(data, rng):
    flip_bits(data, rng, start=data.find(b'moov'))


def flip_bits_of_the_frames(data, rng):
    flip_bits(data, rng, start=data.find(b'mdat') + 4, end=data.find(b'moov') - 4)


def truncate(data, rng):
    del data[rng.randrange(len(data)) :]


def cut_out(data, rng):
    start = rng.randrange(len(data))
    del data[start : start + rng.choice([1, 16, 300])]


def blank(data, rng):
    size = rng.choice([4, 64, 512])
    start = rng.randrange(len(data) - size)
    data[start : start + size] = bytes(size)


def number(rng):
    return rng.choice([*EXTREME, rng.randrange(2**16)]).to_bytes(4, 'big')


def resize_a_box(data, rng):
    start = data.find(rng.choice(BOXES.split())) - 4
    if start >= 0:
        data[start : start + 4] = number(rng)


def set_a_number_of_the_header(data, rng):
    start = rng.randrange(data.find(b'moov'), len(data) - 4)
    data[start : start + 4] = number(rng)


MUTATIONS = (
    flip_bits,
    flip_bits_of_the_header,
    flip_bits_of_the_frames,
    truncate,
    cut_out,
    blank,
    resize_a_box,
    set_a_number_of_the_header,
)


def encode(path, codec):
    source = 'testsrc=duration=2:size=80x64:rate=16'
    command = [imageio_ffmpeg.get_ffmpeg_exe(), '-v', 'error', '-f', 'lavfi', '-i', source]
    subprocess.run([*command, '-c:v', codec, '-g', '12', str(path)], check=True)
    return path.read_bytes()


def write_mutants(root, count):
    """Write ``count`` damaged videos, always the same, and a list with labels 0 to 7."""
    (root / 'train').mkdir(parents=True)
    sources = [encode(root / f'{codec}.mp4', codec) for codec in ('mpeg4', 'libx264')]
    lines = []
    for i in range(count):
        rng = random.Random(i)
        data = bytearray(rng.choice(sources))
        rng.choice(MUTATIONS)(data, rng)
        (root / f'train/{i:05d}.mp4').write_bytes(data)
        lines.append(f'train/{i:05d}.mp4 {i % 8}\n')
    (root / 'train.txt').write_text(''.join(lines))


@pytest.mark.parametrize('decoder', DECODERS)
@pytest.mark.parametrize(
    'count', [pytest.param(120, id='120'), pytest.param(3000, marks=pytest.mark.slow)]
)
def test_no_damaged_file_ends_or_hangs_a_worker_or_takes_anothers_label(
    count, decoder, tmp_path, monkeypatch
):
    monkeypatch.setattr('projects.xvit.datasets.checked_video_dataset.print_log', _silent)
    write_mutants(tmp_path, count)
    init_default_scope('mmaction')
    cfg = Config.fromfile('configs/_base_/motion.py').train_dataloader.dataset
    options = dict(data_root=str(tmp_path), max_bad_videos=count, time_limit=20)
    data = DATASETS.build({**cfg, **options, 'decoder': decoder})
    loader = DataLoader(data, batch_size=8, num_workers=2, collate_fn=pseudo_collate)
    labels = []
    for batch in loader:
        assert all(clip.shape == (1, 3, 8, 64, 64) for clip in batch['inputs'])
        labels += [sample.gt_label.item() for sample in batch['data_samples']]
    assert len(labels) == count
    bad = data._is_bad.tolist()
    assert 0.2 < sum(bad) / count < 0.8  # There must be good and bad ones.
    for i, label in enumerate(labels):
        assert bad[i] or label == i % 8


def _silent(*_, **__) -> None:
    """Do not print thousands of warnings."""
