"""The sampled frames, against plain loops over exact fractions."""

from fractions import Fraction
from math import floor

import numpy as np
import pytest
from mmaction.datasets.transforms import SampleFrames
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope

from projects.xvit.datasets import CenteredSampleFrames, LinspaceSampleFrames

LENGTHS = (1, 7, 50, 63, 64, 65, 150, 250, 300, 1001)


def sample(num_frames, kind='LinspaceSampleFrames', start_index=0, avg_fps=30.0, **options):
    init_default_scope('mmaction')
    transform = TRANSFORMS.build(dict(type=kind, **options))
    video = dict(total_frames=num_frames, start_index=start_index, avg_fps=avg_fps)
    return transform(video)['frame_inds'].reshape(options.get('num_clips', 1), -1).tolist()


def plain_linspace(num_frames, start, window, clip_len, loop):
    frames = []
    for i in range(clip_len):
        step = (window - 1) / (clip_len - 1) if clip_len > 1 else 0
        frame = floor(start + i * step)
        frames.append(frame % num_frames if loop else min(frame, num_frames - 1))
    return frames


@pytest.mark.parametrize('num_frames', LENGTHS)
@pytest.mark.parametrize(('clip_len', 'interval'), [(8, 8), (32, 8), (1, 8)])
@pytest.mark.parametrize('num_clips', [1, 10])
def test_laps_clips(num_frames, clip_len, interval, num_clips):
    """The video's own frame rate. After its end the video starts again."""
    got = sample(
        num_frames,
        clip_len=clip_len,
        frame_interval=interval,
        num_clips=num_clips,
        test_mode=True,
    )
    window = Fraction(clip_len * interval)
    room = max(num_frames - window, 0)
    starts = [room * k / num_clips for k in range(num_clips)]
    assert got == [plain_linspace(num_frames, s, window, clip_len, True) for s in starts]


@pytest.mark.parametrize('num_frames', LENGTHS)
@pytest.mark.parametrize('fps', [15, 25, 30])
@pytest.mark.parametrize(('clip_len', 'interval'), [(16, 16), (8, 32)])
@pytest.mark.parametrize('num_clips', [1, 3])
def test_xvit_clips(num_frames, fps, clip_len, interval, num_clips):
    """30 frames per second. After the video's end its last frame is repeated."""
    got = sample(
        num_frames,
        avg_fps=float(fps),
        clip_len=clip_len,
        frame_interval=interval,
        num_clips=num_clips,
        target_fps=30,
        out_of_bound_opt='repeat_last',
        test_mode=True,
    )
    window = Fraction(clip_len * interval * fps, 30)
    room = max(num_frames - window, 0)
    starts = [room * k / num_clips for k in range(num_clips)]
    assert got == [plain_linspace(num_frames, s, window, clip_len, False) for s in starts]


def test_steps_in_numbers():
    one = dict(frame_interval=8, test_mode=True)
    assert sample(300, clip_len=8, **one) == [[0, 9, 18, 27, 36, 45, 54, 63]]
    assert sample(10, clip_len=8, **one) == [[0, 9, 8, 7, 6, 5, 4, 3]]
    assert sample(10, clip_len=8, out_of_bound_opt='repeat_last', **one) == [[0] + [9] * 7]
    long = sample(300, clip_len=32, **one)[0]
    assert long[:6] == [0, 8, 16, 24, 32, 41] and long[-1] == 255
    starts = [clip[0] for clip in sample(300, clip_len=8, num_clips=10, **one)]
    assert starts == [0, 23, 47, 70, 94, 118, 141, 165, 188, 212]


@pytest.mark.parametrize('num_frames', [40, 64, 65, 90])
def test_training_starts_anywhere_that_leaves_room(num_frames):
    """The start and the steps of 63 / 31 are real numbers."""
    np.random.seed(0)
    transform = LinspaceSampleFrames(clip_len=32, frame_interval=2)
    video = dict(total_frames=num_frames, start_index=0)
    drawn = {tuple(transform(dict(video))['frame_inds']) for _ in range(600)}
    room = max(num_frames - 64, 0)
    possible = {
        tuple(plain_linspace(num_frames, Fraction(k, 62), Fraction(64), 32, True))
        for k in range(62 * room + 1)
    }
    assert drawn <= possible
    assert len(drawn) == 1 if room == 0 else len(drawn) > 20
    first = [frames[0] for frames in drawn]
    assert min(first) == 0 and max(first) == max(room - 1, 0)


def test_clips_of_training_are_drawn_apart():
    np.random.seed(0)
    clips = sample(500, clip_len=8, frame_interval=8, num_clips=2)
    assert clips[0] != clips[1]
    np.random.seed(0)
    assert sample(500, clip_len=8, frame_interval=8, num_clips=2) == clips


def test_without_a_rate_the_target_is_taken():
    options = dict(clip_len=8, frame_interval=4, target_fps=30, test_mode=True)
    assert sample(100, avg_fps=None, **options) == sample(100, avg_fps=30.0, **options)
    assert sample(100, avg_fps=60.0, **options) != sample(100, avg_fps=30.0, **options)


@pytest.mark.parametrize('num_frames', LENGTHS)
@pytest.mark.parametrize('num_clips', [1, 4])
def test_centered_clips(num_frames, num_clips):
    got = sample(
        num_frames,
        kind='CenteredSampleFrames',
        clip_len=32,
        frame_interval=2,
        num_clips=num_clips,
        test_mode=True,
    )
    expected = []
    for k in range(num_clips):
        start = int((k + Fraction(1, 2)) * (num_frames - 63) / num_clips)
        start = start if num_frames > 63 else 0
        expected.append([(start + 2 * i) % num_frames for i in range(32)])
    assert got == expected


def test_centered_clips_in_numbers():
    options = dict(clip_len=32, frame_interval=2, test_mode=True)
    got = sample(300, kind='CenteredSampleFrames', num_clips=4, **options)
    assert [clip[0] for clip in got] == [29, 88, 148, 207]


def test_centered_training_is_mmactions():
    for num_frames in LENGTHS:
        np.random.seed(num_frames)
        ours = sample(
            num_frames, kind='CenteredSampleFrames', clip_len=32, frame_interval=2
        )
        np.random.seed(num_frames)
        theirs = SampleFrames(clip_len=32, frame_interval=2)
        theirs = theirs(dict(total_frames=num_frames, start_index=0))
        assert ours[0] == theirs['frame_inds'].tolist()


@pytest.mark.parametrize('kind', ['LinspaceSampleFrames', 'CenteredSampleFrames'])
def test_decoding_finds_what_sample_frames_leaves(kind):
    """The same keys and types, and frames counted from ``start_index``."""
    init_default_scope('mmaction')
    options = dict(clip_len=4, frame_interval=2, num_clips=2, test_mode=True)
    video = dict(total_frames=50, start_index=5)
    ours = TRANSFORMS.build(dict(type=kind, **options))(dict(video))
    theirs = SampleFrames(**options)(dict(video))
    assert ours.keys() == theirs.keys()
    assert ours['frame_inds'].dtype == theirs['frame_inds'].dtype
    assert ours['frame_inds'].shape == theirs['frame_inds'].shape
    without = TRANSFORMS.build(dict(type=kind, **options))(dict(video, start_index=0))
    assert (ours['frame_inds'] - without['frame_inds'] == 5).all()
    for key in ('clip_len', 'num_clips', 'frame_interval'):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (dict(clip_len=0), ValueError, 'clip_len must be at least 1, got 0'),
        (dict(clip_len=8, frame_interval=1.5), TypeError, 'frame_interval must be an int'),
        (dict(clip_len=8, num_clips=0), ValueError, 'num_clips must be at least 1, got 0'),
        (dict(clip_len=8, out_of_bound_opt='stop'), AssertionError, None),
        (dict(clip_len=8, twice_sample=True), TypeError, 'argument .twice_sample.'),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    for transform in (LinspaceSampleFrames, CenteredSampleFrames):
        with pytest.raises(error, match=message):
            transform(**options)


@pytest.mark.parametrize('fps', [0, -30])
def test_bad_rates_are_named(fps):
    with pytest.raises(ValueError, match=f'target_fps must be above 0 or None, got {fps}'):
        LinspaceSampleFrames(clip_len=8, target_fps=fps)


def test_empty_video_is_refused():
    with pytest.raises(ValueError, match='total_frames is 0'):
        sample(0, clip_len=4)
