"""Frames of a segment follow from its times and the video's own frame rate."""

from math import ceil

import numpy as np
import pytest
from epic_files import write_gray_video
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from projects.xvit.datasets.transforms import segment_init
from projects.xvit.datasets.transforms.segment_init import SegmentInit, segment_frames

FPS = (23.976, 29.97, 50.0, 59.94, 90.0)


@pytest.fixture(autouse=True)
def scope():
    init_default_scope('mmaction')


@pytest.fixture(scope='module')
def video(tmp_path_factory):
    """100 frames at 50 per second. Frame i has the gray value 2 i."""
    path = tmp_path_factory.mktemp('video') / 'P01_101.MP4'
    write_gray_video(path, 100, 50)
    return str(path)


def sample(video, **extra):
    return dict(filename=video, start_index=0, modality='RGB', **extra)


@pytest.mark.parametrize('fps', FPS)
def test_frames_are_those_shown_inside(fps):
    """Against a search through all frames, with two decimals as in the CSV files."""
    rng = np.random.default_rng(0)
    for start, length in rng.integers(0, 400, (200, 2)) / 100:
        stop = round(start + length, 2)
        inside = [i for i in range(1000) if start <= i / fps <= stop]
        if inside:  # A frame within a thousandth of an edge counts as inside.
            first, last = segment_frames(start, stop, fps, 1000)
            assert first == inside[0] or start - (inside[0] - 1) / fps < 2e-3 / fps
            assert last == inside[-1] or (inside[-1] + 1) / fps - stop < 2e-3 / fps
        else:
            assert segment_frames(start, stop, fps, 1000) == (ceil(start * fps),) * 2


@pytest.mark.parametrize(
    ('start', 'stop', 'frames'),
    [
        (0.0, 0.0, (0, 0)),
        (0.14, 0.3, (7, 15)),  # 0.14 * 50 is 7.000000000000001
        (0.58, 1.16, (29, 58)),  # 0.58 * 50 is 28.999999999999996
        (0.151, 0.159, (8, 8)),  # between two frames
        (1.9, 5.0, (95, 99)),  # past the end of 100 frames
        (1.98, 5.0, (99, 99)),
    ],
)
def test_edges(start, stop, frames):
    assert segment_frames(start, stop, 50, 100) == frames


@pytest.mark.parametrize(
    'step',
    [
        dict(type='UniformSample', clip_len=8),
        dict(type='UniformSample', clip_len=8, num_clips=2, test_mode=True),
        dict(type='SampleFrames', clip_len=4, frame_interval=3, num_clips=2),
        dict(type='SampleFrames', clip_len=16, frame_interval=9, test_mode=True),
    ],
)
def test_mmactions_samplers_stay_inside(video, step):
    np.random.seed(0)
    pipeline = Compose([dict(type='SegmentInit'), step, dict(type='DecordDecode')])
    seen = set()
    for _ in range(20):
        results = pipeline(sample(video, start_time=0.5, stop_time=1.3))
        seen |= set(results['frame_inds'].tolist())
        gray = np.array([frame.mean() for frame in results['imgs']])
        assert np.abs(gray - 2 * results['frame_inds']).max() < 4
    assert min(seen) >= 25 and max(seen) <= 65 and len(seen) > 6


def test_without_times_the_clip_is_the_video(video):
    results = SegmentInit()(sample(video))
    assert results['start_index'] == 0 and results['total_frames'] == 100
    assert results['avg_fps'] == 50


def test_a_local_video_is_not_read_into_memory(video, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError('read as a whole')

    monkeypatch.setattr(segment_init.DecordInit, '_get_video_reader', forbidden)
    assert SegmentInit()(sample(video))['total_frames'] == 100
    with pytest.raises(AssertionError, match='read as a whole'):
        SegmentInit(io_backend='memcached')(sample(video))


def test_a_segment_behind_the_end_is_named(video):
    with pytest.raises(ValueError, match=r'starts at 2\.0 s, after the last of 100 frames'):
        SegmentInit()(sample(video, start_time=2.0, stop_time=2.5))
