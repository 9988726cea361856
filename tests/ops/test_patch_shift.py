import pytest
import torch

from projects.xvit.ops import MOSAICS, as_mosaic, patch_shift, shown_frames

WIDE = ((0, 1, -2, 5), (3, -7, 0, 0))


def oracle(x, pattern):
    """The definition, one patch of one frame at a time."""
    y = torch.empty_like(x)
    for t in range(x.shape[1]):
        for r in range(x.shape[2]):
            for c in range(x.shape[3]):
                m = pattern[r % len(pattern)][c % len(pattern[0])]
                y[:, t, r, c] = x[:, (t - m) % x.shape[1], r, c]
    return y


@pytest.mark.parametrize('num_frames', [1, 2, 3, 8])
@pytest.mark.parametrize('size', [(7, 7), (2, 5), (1, 1)])
@pytest.mark.parametrize('pattern', [*MOSAICS.values(), WIDE, ((0,),), ((100,),)])
def test_equals_plain_loops_and_back(pattern, size, num_frames):
    x = torch.randn(2, num_frames, *size, 3)
    y = patch_shift(x, as_mosaic(pattern))
    assert torch.equal(y, oracle(x, pattern))
    assert torch.equal(patch_shift(y, as_mosaic(pattern), inverse=True), x)


def test_strided_input():
    x = torch.randn(2, 5, 4, 4, 6).transpose(1, 3)
    assert torch.equal(patch_shift(x, as_mosaic(WIDE)), oracle(x, WIDE))


def test_gradient():
    x = torch.randn(1, 3, 2, 3, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: patch_shift(z, as_mosaic('official')), x)


def test_official_mosaic_shows_nine_frames():
    shown = shown_frames(as_mosaic('official'), 16, 7, 7)
    assert shown.shape == (16, 7, 7)
    assert sorted(shown[8].unique().tolist()) == list(range(4, 13))


@pytest.mark.parametrize(
    ('pattern', 'error', 'message'),
    [
        ('bayr', ValueError, "'bayer'.*got 'bayr'"),
        ([], ValueError, 'matrix of integers'),
        ([[]], ValueError, 'matrix of integers'),
        ([[1, 2], [3]], ValueError, 'matrix of integers'),
        ([1, 2], ValueError, 'matrix of integers'),
        ([[0.5]], ValueError, 'matrix of integers'),
        ([[True]], ValueError, 'matrix of integers'),
        (['ab'], ValueError, 'matrix of integers'),
        (None, ValueError, 'matrix of integers'),
    ],
)
def test_bad_pattern_is_named(pattern, error, message):
    with pytest.raises(error, match=message):
        as_mosaic(pattern)
