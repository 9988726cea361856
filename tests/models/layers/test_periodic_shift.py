import pytest
import torch

from projects.xvit.models.layers import PeriodicShift


@pytest.mark.parametrize('num_frames', [1, 2, 8])
@pytest.mark.parametrize('shift_div', [0, 2, 3, 4, 6])
@pytest.mark.parametrize('per_head', [True, False])
def test_equals_plain_loops(per_head, shift_div, num_frames):
    x = torch.randn(2, num_frames, 5, 12)
    expected = x.clone()
    head = 6 if per_head else 12
    fold = head // shift_div if shift_div else 0
    for t in range(num_frames):
        for c in range(12):
            source = t
            if c % head < fold:
                source = t + 1
            elif c % head < 2 * fold:
                source = t - 1
            inside = 0 <= source < num_frames
            expected[:, t, :, c] = x[:, source, :, c] if inside else 0
    shift = PeriodicShift(12, num_heads=2, shift_div=shift_div, per_head=per_head)
    y = shift(x.flatten(0, 1), num_frames)
    assert torch.equal(y, expected.flatten(0, 1))


@pytest.mark.parametrize('shift_div', [-1, 1, 7])
def test_bad_shift_div_is_named(shift_div):
    with pytest.raises(ValueError, match=f'between 2, .* and 6, .* got {shift_div}'):
        PeriodicShift(12, num_heads=2, shift_div=shift_div)


def test_shift_div_must_be_an_integer():
    with pytest.raises(TypeError, match='must be an integer, got 2'):
        PeriodicShift(12, num_heads=2, shift_div=2.5)
