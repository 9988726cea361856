import pytest
import torch

from projects.xvit.ops import leap_grid, pair, unpair


def walk(num_frames, level):
    """The rule as it is told: upward in t, a frame not yet taken pairs with t + L."""
    if level is None:
        return [(t,) for t in range(num_frames)]
    if level == 'all':
        return [tuple(range(num_frames))]
    leap = num_frames // 2**level
    pairs, taken = [], set()
    for t in range(num_frames):
        if t not in taken:
            pairs.append((t, t + leap))
            taken |= {t, t + leap}
    return pairs


CASES = [(t, level) for t in (1, 6) for level in (None, 'all')] + [
    (t, level)
    for t in (2, 4, 6, 8, 12, 16, 32)
    for level in (1, 2, 3, 4, 5)
    if t % 2**level == 0
]


@pytest.mark.parametrize(('num_frames', 'level'), CASES)
def test_pair_and_unpair_equal_plain_loops(num_frames, level):
    clips = torch.randn(3, num_frames, 5, 2)
    expected = [
        torch.cat([clip[t] for t in frames])
        for clip in clips
        for frames in walk(num_frames, level)
    ]
    paired = pair(clips.flatten(0, 1), num_frames, level)
    assert torch.equal(paired, torch.stack(expected))
    assert torch.equal(unpair(paired, num_frames, level), clips.flatten(0, 1))


@pytest.mark.parametrize('level', [None, 'all', 1, 2, 3])
def test_copies_only_where_no_view_exists(level):
    x = torch.randn(2 * 8, 5, 2)
    paired = pair(x, 8, level)
    parted = unpair(paired, 8, level)
    is_view = level in (None, 'all', 3)
    assert (paired.data_ptr() == x.data_ptr()) is is_view
    assert (parted.data_ptr() == paired.data_ptr()) is is_view


@pytest.mark.parametrize('move', [pair, unpair])
def test_gradient(move):
    x = torch.randn(4, 6, 1, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: move(z, 4, 1), x)


@pytest.mark.parametrize(
    ('num_frames', 'level', 'message'),
    [
        (8, 0, 'at least 1, None'),
        (8, -1, 'at least 1, None'),
        (8, True, 'at least 1, None'),
        (8, 1.0, 'at least 1, None'),
        (8, 'some', 'at least 1, None'),
        (6, 2, r'divisible by 2 \*\* level = 4 for leap level 2, got 6'),
        (8, 4, r'divisible by 2 \*\* level = 16 for leap level 4, got 8'),
        (0, 1, 'number of frames must be at least 1'),
    ],
)
def test_bad_level_is_named(num_frames, level, message):
    for call in (
        lambda: leap_grid(num_frames, level),
        lambda: pair(torch.zeros(8, 2, 1), num_frames, level),
        lambda: unpair(torch.zeros(8, 2, 1), num_frames, level),
    ):
        with pytest.raises(ValueError, match=message):
            call()
