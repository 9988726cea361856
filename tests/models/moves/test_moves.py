"""Each move by itself: against plain loops, and with bad arguments."""

import pytest
import torch

from projects.xvit.models import ChannelShift, Leap, PatchShift, SummaryTokens
from projects.xvit.models.moves import Clip, Layer, LayerMoves

TOKENS, HEADS, DIMS = 5, 2, 6
CHANNELS = HEADS * DIMS
LAYER = Layer(CHANNELS, CHANNELS, HEADS, has_class_token=True)


def clip(num_frames, prefix=1):
    return Clip(num_frames, (1, TOKENS - prefix), prefix)


def video(num_frames, num_clips=2):
    return torch.randn(num_clips * num_frames, TOKENS, HEADS, DIMS)


@pytest.mark.parametrize('num_frames', [1, 2, 8])
@pytest.mark.parametrize('offsets', [(1, -1), (-1, 1), (1, -1, 2, -2), (3,), (0, 1)])
@pytest.mark.parametrize('div', [4, 6])
@pytest.mark.parametrize('per_head', [True, False])
@pytest.mark.parametrize('edge', ['zero', 'keep'])
@pytest.mark.parametrize('tokens', ['all', 'class', 'patches'])
def test_channel_shift_equals_plain_loops(tokens, edge, per_head, div, offsets, num_frames):
    x, prefix = video(num_frames), 2
    frames = x.flatten(2).unflatten(0, (2, -1))
    expected = frames.clone()
    cut = DIMS if per_head else CHANNELS
    moved = dict(all=range(TOKENS), **{'class': [0]}, patches=range(prefix, TOKENS))
    for t in range(num_frames):
        for c in range(CHANNELS):
            group = c % cut // (cut // div)
            source = t + offsets[group] if group < len(offsets) else t
            for token in moved[tokens]:
                if 0 <= source < num_frames:
                    expected[:, t, token, c] = frames[:, source, token, c]
                elif edge == 'zero':
                    expected[:, t, token, c] = 0
    move = ChannelShift('output', offsets, div, per_head, edge, tokens=tokens)
    y = move(x, clip(num_frames, prefix))
    assert torch.equal(y, expected.view(x.shape))


@pytest.mark.parametrize('offsets', [(-1, 1, -2), (1, 1), ()])
def test_whole_heads_come_from_other_frames(offsets):
    """As in ZeroI2V: a head for each offset, and a missing frame keeps its own."""
    heads, num_frames = 4, 5
    x = torch.randn(2 * num_frames, TOKENS, heads, DIMS)
    expected = x.clone()
    for n in range(2):
        for t in range(num_frames):
            for head, offset in enumerate(offsets):
                if 0 <= t + offset < num_frames:
                    source = x[num_frames * n + t + offset, :, head]
                    expected[num_frames * n + t, :, head] = source
    moves = [dict(type='ChannelShift', at='output', offsets=offsets, div='heads')]
    moves[0]['edge'] = 'keep'
    layer = LayerMoves(moves, Layer(heads * DIMS, heads * DIMS, heads, True))
    y = layer.output(x.flatten(2), clip(num_frames))
    assert torch.equal(y, expected.flatten(2))


@pytest.mark.parametrize('span', [1, 2, 4])
def test_nothing_crosses_a_span(span):
    x = video(8)
    whole = ChannelShift('keys', div=3)
    y = ChannelShift('keys', div=3, span=span)(x, clip(8))
    runs = [whole(run, clip(span)) for run in x.split(span)]
    assert torch.equal(y, torch.cat(runs))


@pytest.mark.parametrize('span', [None, 2])
def test_summary_tokens_are_the_averages_of_a_runs_patches(span):
    x = video(4)
    y = SummaryTokens(span)(x, clip(4))
    for n in range(2):
        for t in range(4):
            run = range(4) if span is None else range(t // 2 * 2, t // 2 * 2 + 2)
            expected = torch.stack([x[4 * n + s, 1:].mean(0) for s in run])
            torch.testing.assert_close(y[4 * n + t], expected)


@pytest.mark.parametrize('move', [Leap(1), Leap(2), Leap('all'), PatchShift('bayer')])
def test_inverses_undo_to_the_bit(move):
    x = video(4).flatten(2)
    moved = move(x, clip(4))
    assert moved.shape != x.shape or not torch.equal(moved, x)
    assert torch.equal(move.inverse(moved, clip(4)), x)


@pytest.mark.parametrize('prefix', [0, 1, 3])
def test_prefix_tokens_stay_where_patches_move(prefix):
    x = torch.randn(4, prefix + 6, 3)
    y = PatchShift([[1]])(x, Clip(4, (2, 3), prefix))
    assert torch.equal(y[:, :prefix], x[:, :prefix])
    assert torch.equal(y[:, prefix:], x[:, prefix:].roll(1, dims=0))


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        (dict(div='head'), ValueError, "div must be one of .* got 'head'"),
        (dict(div='heads', per_head=True), ValueError, 'whole heads'),
        (dict(div='heads', offsets=(1, 2, 3)), ValueError, r'2 heads, got \(1, 2, 3\)'),
        (dict(at='queries'), ValueError, "at must be one of .* got 'queries'"),
        (dict(edge='wrap'), ValueError, "edge must be one of .* got 'wrap'"),
        (dict(tokens='words'), ValueError, "tokens must be one of .* got 'words'"),
        (dict(div=0), ValueError, r'div must be from 2 \(.* got 0'),
        (dict(div=1), ValueError, r'div must be from 2 .* to 12 \(all .*, got 1$'),
        (dict(div=13), ValueError, r'div must be from 2 .* to 12 \(all .*, got 13$'),
        (dict(div=7, per_head=True), ValueError, r'from 2 .* to 6 \(.* of a head\), got 7'),
        (dict(stranger=1), TypeError, 'stranger'),
    ],
)
def test_bad_channel_shifts_are_named(arguments, error, message):
    move = dict(type='ChannelShift', at='keys') | arguments
    with pytest.raises(error, match=message):
        LayerMoves([move], LAYER)


@pytest.mark.parametrize(
    ('moves', 'error', 'message'),
    [
        ([dict(type='Leap', level=0)], ValueError, 'at least 1.*got 0'),
        ([dict(type='PatchShift', pattern='bayr')], ValueError, 'shift_pattern.*bayr'),
        ([dict(type='Leap', level=1)] * 2, ValueError, 'only one Leap, got'),
        ([dict(type='SummaryTokens')] * 2, ValueError, 'only one SummaryTokens, got'),
        ([dict(type='FrameAverageHead', num_classes=1, in_channels=1)], TypeError, 'moves'),
        (['Leap'], TypeError, "dicts of moves, got 'Leap'"),
    ],
)
def test_bad_lists_are_named(moves, error, message):
    with pytest.raises(error, match=message):
        LayerMoves(moves, LAYER)


def test_a_class_token_must_be_there():
    move = dict(type='ChannelShift', at='stream', tokens='class')
    LayerMoves([move], LAYER)
    with pytest.raises(ValueError, match='needs a class token'):
        LayerMoves([move], LAYER._replace(has_class_token=False))


@pytest.mark.parametrize(
    ('move', 'message'),
    [
        (dict(type='ChannelShift', at='keys', span=4), 'multiple of span=4, got 6'),
        (dict(type='SummaryTokens', span=4), 'multiple of span=4, got 6'),
        (dict(type='Leap', level=2), r'2 \*\* level = 4 .* got 6'),
    ],
)
def test_clips_of_a_length_that_a_move_cannot_take_are_named(move, message):
    moves = LayerMoves([move], LAYER)
    moves.check_frames(8)
    with pytest.raises(ValueError, match=message):
        moves.check_frames(6)
