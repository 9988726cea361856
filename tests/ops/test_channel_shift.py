import pytest
import torch

from projects.xvit.ops import channel_shift


def oracle(x, offsets, fold, edge):
    """The definition, one frame and one group of channels at a time."""
    y = x.clone()
    for t in range(x.shape[1]):
        for i, offset in enumerate(offsets):
            group = slice(i * fold, (i + 1) * fold)
            if 0 <= t + offset < x.shape[1]:
                y[:, t, ..., group] = x[:, t + offset, ..., group]
            elif edge == 'zero':
                y[:, t, ..., group] = 0
    return y


@pytest.mark.parametrize('edge', ['zero', 'keep'])
@pytest.mark.parametrize('num_frames', [1, 2, 3, 8])
@pytest.mark.parametrize('offsets', [(), (1,), (1, -1), (1, -1, 2, -2), (-3, 5)])
@pytest.mark.parametrize('shape', [(12,), (5, 12), (2, 3, 12)])
def test_equals_plain_loops(offsets, num_frames, edge, shape):
    x = torch.randn(2, num_frames, *shape)
    y = channel_shift(x, offsets, fold=3, edge=edge)
    assert torch.equal(y, oracle(x, offsets, 3, edge))


@pytest.mark.parametrize('edge', ['zero', 'keep'])
def test_gradient(edge):
    x = torch.randn(1, 4, 2, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda z: channel_shift(z, (1, -1), 2, edge), x)


def test_input_stays_as_it_is():
    x = torch.randn(1, 4, 2, 8)
    before = x.clone()
    channel_shift(x, (1, -1), 2)
    assert torch.equal(x, before)


@pytest.mark.parametrize(
    ('shape', 'offsets', 'fold', 'edge', 'message'),
    [
        ((1, 4, 8), (1, -1), 5, 'zero', 'fold'),
        ((1, 4, 8), (1, -1), 0, 'zero', 'fold'),
        ((1, 4, 8), (1, -1), 2, 'wrap', 'edge'),
    ],
)
def test_bad_input_is_named(shape, offsets, fold, edge, message):
    with pytest.raises(ValueError, match=message):
        channel_shift(torch.zeros(shape), offsets, fold, edge)
