"""The sampled frames, in numbers and against a plain loop."""

import numpy as np
import pytest
from mmaction.datasets.transforms import UniformSample
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope

from projects.xvit.datasets import UniformSegmentSample


def sample(num_frames, *, start_index=0, **options):
    init_default_scope('mmaction')
    transform = TRANSFORMS.build(dict(type='UniformSegmentSample', **options))
    return transform(dict(total_frames=num_frames, start_index=start_index))


def plain(num_frames, clip_len, view):
    """Python's ``round`` also rounds a half to the even neighbour."""
    frames = []
    for i in range(clip_len):
        start = round((num_frames - 1) / clip_len * i)
        end = round((num_frames - 1) / clip_len * (i + 1))
        frames.append({'middle': (start + end) // 2, 'first': start, 'last': end}[view])
    return frames


@pytest.mark.parametrize(
    ('num_frames', 'clip_len', 'middle', 'first', 'last'),
    [
        (1, 4, [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]),
        # edges 0 0.5 1 1.5 2: a half goes to the even neighbour
        (3, 4, [0, 0, 1, 2], [0, 0, 1, 2], [0, 1, 2, 2]),
        (4, 4, [0, 1, 2, 2], [0, 1, 2, 2], [1, 2, 2, 3]),
        (5, 4, [0, 1, 2, 3], [0, 1, 2, 3], [1, 2, 3, 4]),
        (9, 4, [1, 3, 5, 7], [0, 2, 4, 6], [2, 4, 6, 8]),
        # edges 0 2.5 5 7.5 10
        (11, 4, [1, 3, 6, 9], [0, 2, 5, 8], [2, 5, 8, 10]),
        (
            48,
            8,
            [3, 9, 15, 21, 26, 32, 38, 44],
            [0, 6, 12, 18, 24, 29, 35, 41],
            [6, 12, 18, 24, 29, 35, 41, 47],
        ),
    ],
)
def test_frames_of_known_lengths(num_frames, clip_len, middle, first, last):
    views = sample(num_frames, clip_len=clip_len, num_clips=3, test_mode=True)
    assert views['frame_inds'].reshape(3, -1).tolist() == [middle, first, last]


@pytest.mark.parametrize('clip_len', [1, 8, 16, 32])
def test_every_length_against_a_plain_loop(clip_len):
    for num_frames in range(1, 130):
        views = sample(num_frames, clip_len=clip_len, num_clips=3, test_mode=True)
        expected = [plain(num_frames, clip_len, v) for v in ('middle', 'first', 'last')]
        assert views['frame_inds'].reshape(3, -1).tolist() == expected


@pytest.mark.parametrize('num_clips', [1, 2])
def test_fewer_views_are_the_first_ones(num_clips):
    three = sample(48, clip_len=8, num_clips=3, test_mode=True)['frame_inds']
    fewer = sample(48, clip_len=8, num_clips=num_clips, test_mode=True)['frame_inds']
    assert fewer.tolist() == three[: 8 * num_clips].tolist()


@pytest.mark.parametrize('num_frames', [1, 3, 48])
def test_training_draws_every_frame_of_each_segment(num_frames):
    np.random.seed(0)
    drawn = np.stack(
        [
            sample(num_frames, clip_len=4, num_clips=2)['frame_inds'].reshape(2, 4)
            for _ in range(300)
        ]
    )
    first, last = (plain(num_frames, 4, view) for view in ('first', 'last'))
    for clip in (0, 1):
        for i in range(4):
            assert set(drawn[:, clip, i]) == set(range(first[i], last[i] + 1))
    assert (drawn[:, 0] != drawn[:, 1]).any() == (num_frames > 1)


def test_same_seed_draws_the_same_frames():
    np.random.seed(3)
    once = sample(100, clip_len=8)['frame_inds'].tolist()
    np.random.seed(3)
    assert sample(100, clip_len=8)['frame_inds'].tolist() == once


def test_decoding_finds_what_uniform_sample_leaves():
    """The same keys and types, and frames counted from ``start_index``."""
    options = dict(clip_len=4, num_clips=2, test_mode=True)
    ours = sample(9, start_index=5, **options)
    theirs = UniformSample(**options)(dict(total_frames=9, start_index=5))
    assert ours.keys() == theirs.keys()
    assert ours['frame_inds'].tolist() == [6, 8, 10, 12, 5, 7, 9, 11]
    assert ours['frame_inds'].dtype == theirs['frame_inds'].dtype
    for key in ('clip_len', 'num_clips', 'frame_interval'):
        assert ours[key] == theirs[key]


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (dict(clip_len=0), ValueError, 'clip_len must be at least 1, got 0'),
        (dict(clip_len=8.0), TypeError, 'clip_len must be an integer, got 8.0'),
        (dict(clip_len=8, num_clips=0), ValueError, 'num_clips must be at least 1'),
        (
            dict(clip_len=8, num_clips=4, test_mode=True),
            ValueError,
            'num_clips must be at most 3 in testing.* got 4',
        ),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        UniformSegmentSample(**options)


def test_empty_video_is_refused():
    with pytest.raises(ValueError, match='total_frames is 0'):
        sample(0, clip_len=4)
