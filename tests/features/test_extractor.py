"""Features of long videos: a stream's are the whole clip's, windows' those of each one."""

import json

import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from toy_features import LAPS, plain_features, write_checkpoint, write_config, write_video

from projects.xvit.features import Extractor

THREE_CROPS = """
import copy
pipeline = copy.deepcopy(_base_.test_pipeline)
pipeline[4] = dict(type='ThreeCrop', crop_size=32)
pipeline[3] = dict(type='Resize', scale=(-1, 32))
test_dataloader = dict(dataset=dict(pipeline=pipeline))
"""


@pytest.fixture(scope='module')
def xvit(tmp_path_factory):
    folder = tmp_path_factory.mktemp('xvit')
    config = write_config(folder / 'xvit.py')
    return config, write_checkpoint(config, folder / 'xvit.pth')


@pytest.fixture(scope='module')
def laps(tmp_path_factory):
    folder = tmp_path_factory.mktemp('laps')
    config = write_config(folder / 'laps.py', LAPS)
    return config, write_checkpoint(config, folder / 'laps.pth')


def extract(files, path, out, **options):
    """The features and their description."""
    config, checkpoint = files
    Extractor(Config.fromfile(config), checkpoint, **options).extract(path, out)
    features = np.load(out.with_name(f'{out.name}.npy'))
    return features, json.loads(out.with_name(f'{out.name}.json').read_text())


def relative_error(found, expected):
    assert found.shape == expected.shape
    return np.linalg.norm(found - expected) / np.linalg.norm(expected)


@pytest.mark.parametrize(
    ('frames', 'stride', 'chunk'),
    [(17, 1, 8), (16, 1, 8), (1, 1, 8), (23, 3, 4), (17, None, 32)],
    ids=['ends in a chunk', 'ends with a chunk', 'one frame', 'stride', 'one chunk'],
)
def test_a_stream_has_the_whole_clips_features(xvit, tmp_path, frames, stride, chunk):
    path = write_video(tmp_path / 'a.mp4', frames)
    found, about = extract(xvit, path, tmp_path / 'a', stride=stride, chunk=chunk)
    taken = range(0, frames, stride or 4)
    assert relative_error(found, plain_features(*xvit, path, taken)) < 1e-6
    assert found.dtype == np.float32
    assert about['frame'] == frames and about['fps'] == 16
    assert (about['feat_stride'], about['num_frames']) == (stride or 4, 1)
    np.testing.assert_allclose(about['times'], (np.array(taken) + 0.5) / 16, atol=1e-4)


@pytest.mark.parametrize(
    ('frames', 'stride', 'interval', 'chunk'),
    [
        (37, None, None, 32),
        (37, 3, 2, 8),
        (37, 8, 2, 5),
        (40, 20, 1, 8),
        (5, None, None, 8),
        (16, 4, 4, 8),
    ],
    ids=['defaults', 'overlap', 'no overlap', 'gaps', 'short video', 'one window'],
)
def test_windows_have_the_features_of_each_alone(
    laps, tmp_path, frames, stride, interval, chunk
):
    path = write_video(tmp_path / 'a.mp4', frames)
    found, about = extract(
        laps, path, tmp_path / 'a', stride=stride, frame_interval=interval, chunk=chunk
    )
    interval = interval or 4
    window = 4 * interval
    stride = stride or window // 4
    expected, times, start = [], [], 0
    while True:
        taken = [min(start + j * interval, frames - 1) for j in range(4)]
        expected.append(plain_features(*laps, path, taken).mean(axis=0))
        times.append((start + window / 2) / 16)
        if start + window >= frames:
            break
        start += stride
    assert relative_error(found, np.stack(expected)) < 1e-6
    assert (about['feat_stride'], about['num_frames']) == (stride, window)
    np.testing.assert_allclose(about['times'], times, atol=1e-4)
    overlap = max(0, 1 - stride / window)
    assert f'overlap by {overlap:.0%}' in about['how'] and 'Leap' in about['how']


def test_float16(xvit, tmp_path):
    path = write_video(tmp_path / 'a.mp4', 9)
    full, _ = extract(xvit, path, tmp_path / 'full')
    half, _ = extract(xvit, path, tmp_path / 'half', dtype='float16')
    assert half.dtype == np.float16
    np.testing.assert_array_equal(half, full.astype(np.float16))


def test_of_three_crops_it_is_the_middle_one(xvit, tmp_path):
    config = write_config(tmp_path / 'crops.py', THREE_CROPS)
    path = write_video(tmp_path / 'a.mp4', 9)
    extractor = Extractor(Config.fromfile(config), xvit[1])
    (chunk,) = extractor.reader.chunks(extractor.reader.open(path), np.arange(9), 32)
    assert chunk.shape == (3, 9, 32, 32)
    # 80 x 64 becomes 40 x 32, of which the three crops start at columns 0, 4 and 8.
    steps = [
        dict(step) for step in Config.fromfile(config).test_dataloader.dataset.pipeline
    ]
    steps[1] = dict(type='SampleFrames', clip_len=9, frame_interval=1, test_mode=True)
    sample = dict(filename=str(path), label=0, start_index=0, modality='RGB')
    crops = Compose(steps)(sample)['inputs']
    middle = next(i for i, crop in enumerate(crops) if torch.equal(crop, chunk))
    assert len(crops) == 3 and sum(torch.equal(crop, chunk) for crop in crops) == 1
    assert not torch.equal(crops[middle], crops[(middle + 1) % 3])


def test_values_that_float16_cannot_hold_are_refused(xvit, tmp_path):
    config, checkpoint = xvit
    state = torch.load(checkpoint)['state_dict']
    norm = max(key for key in state if key.startswith('backbone.ln'))
    state[norm] = state[norm] + 1e6
    torch.save(dict(state_dict=state), tmp_path / 'large.pth')
    path = write_video(tmp_path / 'a.mp4', 3)
    files = config, tmp_path / 'large.pth'
    with pytest.raises(ValueError, match='not finite in float16: use float32'):
        extract(files, path, tmp_path / 'a', dtype='float16')
    assert not list(tmp_path.glob('a.npy*')) and not (tmp_path / 'a.json').exists()
    assert np.isfinite(extract(files, path, tmp_path / 'a')[0]).all()


@pytest.mark.parametrize(
    ('text', 'options', 'message'),
    [
        ('', dict(frame_interval=2), 'frame_interval=2 is for windows'),
        ('', dict(stride=0), 'stride must be at least 1, got 0'),
        (LAPS, {}, 'does not fit the config'),
        (
            "test_dataloader = dict(dataset=dict(pipeline=[dict(type='RawFrameDecode')]))",
            {},
            r"must have one step that decodes .* got \['RawFrameDecode'\]",
        ),
    ],
)
def test_what_cannot_work_is_named(xvit, tmp_path, text, options, message):
    config = write_config(tmp_path / 'config.py', text)
    with pytest.raises(ValueError, match=message):
        Extractor(Config.fromfile(config), xvit[1], **options)
