import itertools

import pytest
import torch
from mmpretrain.models.utils import ShiftWindowMSA

from projects.xvit.models import PatchShift
from projects.xvit.models.hosts.swin import set_shift
from projects.xvit.models.methods.tps_vit import tps_moves
from projects.xvit.models.moves import Layer, LayerMoves

OFFICIAL = ((-4, 1, 2), (-1, 0, 3), (-2, -3, 4))
EVEN = ((0,),)


def tps_shift(pattern=None, div=4):
    """TPS's move: of an odd block if there is a pattern, else of an even block."""
    even, odd = tps_moves(pattern, div)
    (move,) = LayerMoves(odd if pattern else even, Layer(8, 8, 2, has_class_token=False))
    return move


def layer_of(shift, window=3, shift_size=0, mode='official', **kwargs):
    """Swin's layer of 2 heads of 4 channels, with a move."""
    layer = ShiftWindowMSA(8, 2, window, shift_size, **kwargs)
    set_shift(layer, shift, mode)
    return layer


def build(pattern=None, window=3, shift_size=0, mode='official', div=4):
    """A layer in float64, with random weights."""
    layer = layer_of(tps_shift(pattern, div), window, shift_size, mode).double()
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    return layer.eval()


def oracle(layer, x, pattern, window, shift_size, mode, fold):
    """The definition for one clip, one query of one window of one frame at a time."""
    num_frames, height, width, channels = x.shape
    padded_h, padded_w = -(-height // window) * window, -(-width // window) * window
    roll_h = shift_size if height > window else 0
    roll_w = shift_size if width > window else 0
    msa, heads = layer.w_msa, layer.w_msa.num_heads
    dims = channels // heads

    def mosaic(r, c):
        r, c = r % window, c % window
        return pattern[r % len(pattern)][c % len(pattern[0])]

    def token(t, r, c):
        """After padding and the cyclic shift."""
        r, c = (r + roll_h) % padded_h, (c + roll_w) % padded_w
        return x[t, r, c] if r < height and c < width else x.new_zeros(channels)

    def moved(t, r, c):
        value = token((t - mosaic(r, c)) % num_frames, r, c).clone()
        for head in range(heads):
            first, second = head * dims, head * dims + fold
            if t > 0:
                value[first:second] = token(t - 1, r, c)[first:second]
            if t < num_frames - 1:
                value[second : second + fold] = token(t + 1, r, c)[second : second + fold]
        return value

    def row(t, query, key):
        key_t = 0 if mode == 'official' else t
        dt = (t - mosaic(*query)) % num_frames - (key_t - mosaic(*key)) % num_frames
        dh, dw = query[0] - key[0], query[1] - key[1]
        side = 2 * window - 1
        return ((dt + 15) * side + dh + window - 1) * side + dw + window - 1

    def wrapped(r, c):
        return r + roll_h >= padded_h, c + roll_w >= padded_w

    result = torch.zeros_like(x)
    for t in range(num_frames):
        cells = [(r, c) for r in range(padded_h) for c in range(padded_w)]
        q, k, v = {}, {}, {}
        for cell in cells:
            projected = msa.qkv.weight @ moved(t, *cell) + msa.qkv.bias
            q[cell], k[cell], v[cell] = projected.view(3, heads, dims)
        for query in cells:
            keys = [
                key
                for key in cells
                if key[0] // window == query[0] // window
                and key[1] // window == query[1] // window
            ]
            rows = [row(t, query, key) for key in keys]
            scores = torch.stack([(q[query] * k[key]).sum(-1) for key in keys])
            scores = scores / dims**0.5 + msa.relative_position_bias_table[rows]
            for i, key in enumerate(keys):
                if wrapped(*key) != wrapped(*query):
                    scores[i] -= 100
            weights = scores.softmax(0)
            attended = sum(w[:, None] * v[key] for w, key in zip(weights, keys))
            own_frame = (t - mosaic(*query)) % num_frames
            r, c = (query[0] + roll_h) % padded_h, (query[1] + roll_w) % padded_w
            if r < height and c < width:
                result[own_frame, r, c] = msa.proj(attended.flatten())
    return result


@pytest.mark.parametrize('mode', ['official', 'relative'])
@pytest.mark.parametrize('pattern', [None, OFFICIAL, ((0, 1), (-1, 0))])
@pytest.mark.parametrize(
    ('num_frames', 'size', 'window'),
    [
        (4, (6, 6), 3),  # Whole windows
        (8, (4, 5), 3),  # Padding on both sides
        (4, (3, 7), 3),  # One side gets no cyclic shift
        (4, (2, 3), 3),  # No side does, and one is padded
        (16, (3, 4), 3),
        (4, (7, 7), 7),
    ],
)
@torch.no_grad()
def test_equals_plain_loops(num_frames, size, window, pattern, mode):
    shift_size = window // 2 if pattern else 0
    layer = build(pattern, window, shift_size, mode)
    x = torch.randn(num_frames, *size, 8, dtype=torch.float64)
    y = layer(x.flatten(1, 2), (num_frames, *size)).view(x.shape)
    fold = 0 if pattern else 1
    expected = oracle(layer, x, pattern or EVEN, window, shift_size, mode, fold)
    torch.testing.assert_close(y, expected)


@pytest.mark.parametrize('size', [(14, 21), (10, 17), (8, 9)])
@torch.no_grad()
def test_equals_swin_without_moves(size):
    image = ShiftWindowMSA(8, 2, 7, 3).double().eval()
    for parameter in image.parameters():
        torch.nn.init.normal_(parameter)
    layer = build(((0,),), window=7, shift_size=3, mode='relative')
    state = image.w_msa.state_dict()
    del state['relative_position_index']
    state['relative_position_bias_table'] = state['relative_position_bias_table'].repeat(
        31, 1
    )
    layer.w_msa.load_state_dict(state)
    x = torch.randn(2 * 3, size[0] * size[1], 8, dtype=torch.float64)
    torch.testing.assert_close(layer(x, (3, *size)), image(x, size))


@pytest.mark.parametrize('pattern', [None, OFFICIAL])
@torch.no_grad()
def test_clips_do_not_see_each_other(pattern):
    layer = build(pattern, shift_size=1)
    x = torch.randn(3, 4, 5 * 6, 8, dtype=torch.float64)
    together = layer(x.flatten(0, 1), (4, 5, 6)).view(x.shape)
    for clip, expected in zip(x, together):
        torch.testing.assert_close(layer(clip, (4, 5, 6)), expected)


@pytest.mark.parametrize('clips', [1, 2])
@pytest.mark.parametrize('qkv_bias', [True, False])
@pytest.mark.parametrize('pattern', [None, OFFICIAL])
def test_with_and_without_gradients(pattern, qkv_bias, clips):
    layer = layer_of(tps_shift(pattern), 3, 1, qkv_bias=qkv_bias).eval()
    x = torch.randn(clips * 4, 5 * 6, 8)
    with torch.no_grad():
        expected = layer(x, (4, 5, 6))
    torch.testing.assert_close(layer(x, (4, 5, 6)), expected, rtol=1e-6, atol=1e-6)


def test_bias_of_evaluation_follows_the_table():
    layer = build(OFFICIAL)
    table = layer.w_msa.relative_position_bias_table
    x = torch.randn(4, 9, 8, dtype=torch.float64)

    def check():
        with torch.no_grad():
            kept = layer(x, (4, 3, 3))
        torch.testing.assert_close(layer(x, (4, 3, 3)), kept)
        return kept

    before = check()
    optimizer = torch.optim.SGD([table], lr=1.0)
    layer(x, (4, 3, 3)).square().sum().backward()
    optimizer.step()
    stepped = check()
    layer.load_state_dict({k: v + 1 for k, v in layer.state_dict().items()})
    loaded = check()
    table.data = torch.randn_like(table)
    replaced = check()
    table.data.copy_(torch.randn_like(table))  # As mmengine's EMAHook swaps weights,
    layer.eval()  # before the loop switches the mode.
    swapped = check()
    results = [before, stepped, loaded, replaced, swapped]
    assert all(not torch.equal(a, b) for a, b in itertools.pairwise(results))


def test_dropout_only_in_training():
    layer = layer_of(PatchShift('bayer'), attn_drop=0.5)
    layer.init_weights()
    x = torch.randn(4, 9, 8)
    layer.train()
    assert not torch.equal(layer(x, (4, 3, 3)), layer(x, (4, 3, 3)))
    layer.eval()
    assert torch.equal(layer(x, (4, 3, 3)), layer(x, (4, 3, 3)))


def test_state_holds_no_buffers():
    assert set(build(OFFICIAL).state_dict()) == {
        f'w_msa.{name}'
        for name in (
            'relative_position_bias_table',
            'qkv.weight',
            'qkv.bias',
            'proj.weight',
            'proj.bias',
        )
    }


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"temporal_bias.*'true'"):
        build(OFFICIAL, mode='true')
    with pytest.raises(ValueError, match=r'from 2.*to 4.*got 5'):
        build(div=5)
