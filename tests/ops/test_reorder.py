import pytest
import torch

from projects.xvit.ops import channel_shift, reorder

ORDER = torch.tensor([3, 0, 4, 1, 2])
INVERSE = ORDER.argsort()
MOVES = {
    'reorder': lambda x: reorder(x, ORDER, INVERSE),
    'zero': lambda x: channel_shift(x, (1, -1, -2), 2, 'zero'),
    'keep': lambda x: channel_shift(x, (1, -1, -2), 2, 'keep'),
}


def clips():
    return torch.randn(2, 5, 8, dtype=torch.float64)


def test_equals_plain_loop():
    x = clips()
    y = reorder(x, ORDER, INVERSE)
    assert all(torch.equal(y[:, i], x[:, p]) for i, p in enumerate(ORDER))
    assert torch.equal(reorder(y, INVERSE, ORDER), x)


@pytest.mark.parametrize('move', MOVES.values(), ids=MOVES)
def test_gradients_of_first_and_second_order(move):
    x = clips().requires_grad_()
    assert torch.autograd.gradcheck(move, x)
    assert torch.autograd.gradgradcheck(lambda z: move(z).pow(3), x)


@pytest.mark.parametrize('move', MOVES.values(), ids=MOVES)
def test_compiled_and_by_hand_give_the_same(move, fresh_compiler):
    x, weights = clips().requires_grad_(), clips()
    results = []
    for run in (move, torch.compile(move, fullgraph=True, backend='aot_eager')):
        y = run(x)
        results.append((y.detach(), *torch.autograd.grad((y * weights).sum(), x)))
    assert all(torch.equal(a, b) for a, b in zip(*results))


def test_the_order_in_memory_stays():
    x = torch.randn(2, 7, 5, 8).transpose(1, 2)  # Frames are not outermost.
    y = channel_shift(x, (1, -1), 2)
    assert y.stride() == x.stride()
    assert torch.equal(y, channel_shift(x.contiguous(), (1, -1), 2))
