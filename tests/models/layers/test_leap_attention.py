import math

import pytest
import torch
from mmpretrain.models.utils import MultiheadAttention
from timm.models.visformer import Attention
from torch.utils._python_dispatch import TorchDispatchMode

from projects.xvit.models.layers import LeapAttention, VisformerLeapAttention, adopt

HEADS, DIMS = 2, 8
SETTINGS = [
    dict(level=1, shift_div=4),
    dict(level=2, shift_div=4),
    dict(level=2, shift_div=0),
    dict(level=None, shift_div=4),
    dict(level=None, shift_div=4, shift_per_head=False),
    dict(level=None, shift_div=0),
    dict(level='all', shift_div=0),
]


def meeting_frames(t, num_frames, level):
    """The frames whose tokens frame t attends to."""
    if level is None:
        return [t]
    if level == 'all':
        return list(range(num_frames))
    leap, taken = num_frames // 2**level, set()
    for first in range(num_frames):
        if first not in taken:
            taken |= {first, first + leap}
            if t in (first, first + leap):
                return [first, first + leap]
    raise AssertionError


def oracle(x, qkv, bias, level, shift_div, shift_per_head=True):
    """LAPS before the output projection, frame by frame, head by head, query by query.

    ``x`` is ``(N, T, S, C)``, ``qkv`` the weight ``(3 * HEADS * DIMS, C)``.
    """
    q, k, v = (x @ qkv.T + bias).chunk(3, dim=-1)
    attended = torch.zeros_like(q)
    num_clips, num_frames, num_tokens, _ = x.shape
    for n in range(num_clips):
        for t in range(num_frames):
            frames = meeting_frames(t, num_frames, level)
            for head in range(HEADS):
                group = slice(head * DIMS, (head + 1) * DIMS)
                keys = torch.cat([k[n, f, :, group] for f in frames])
                values = torch.cat([v[n, f, :, group] for f in frames])
                for s in range(num_tokens):
                    scores = keys @ q[n, t, s, group] / math.sqrt(DIMS)
                    weights = scores.exp() / scores.exp().sum()
                    attended[n, t, s, group] = weights @ values
    if not shift_div:
        return attended
    shifted = attended.clone()
    cut = DIMS if shift_per_head else HEADS * DIMS
    for t in range(num_frames):
        for c in range(HEADS * DIMS):
            source = t
            if c % cut < cut // shift_div:
                source = t + 1
            elif c % cut < 2 * (cut // shift_div):
                source = t - 1
            inside = 0 <= source < num_frames
            shifted[:, t, :, c] = attended[:, source, :, c] if inside else 0
    return shifted


@pytest.mark.parametrize('num_frames', [4, 8, 16])
@pytest.mark.parametrize('setting', SETTINGS, ids=str)
def test_vit_equals_plain_loops(setting, num_frames):
    attn = LeapAttention(HEADS * DIMS, HEADS, **setting).double()
    x = torch.randn(2, num_frames, 3, HEADS * DIMS, dtype=torch.float64)
    y = attn(x.flatten(0, 1), num_frames).unflatten(0, (2, -1))
    expected = oracle(x, attn.qkv.weight, attn.qkv.bias, **setting)
    expected = expected @ attn.proj.weight.T + attn.proj.bias
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize('num_frames', [4, 8, 16])
@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('setting', SETTINGS, ids=str)
def test_visformer_equals_plain_loops(setting, layout, num_frames):
    # As in stage 1 of Visformer, the heads together are narrower than the map.
    channels = 2 * HEADS * DIMS
    attn = VisformerLeapAttention(channels, HEADS, head_dim_ratio=0.5, **setting).double()
    x = torch.randn(2 * num_frames, channels, 2, 3, dtype=torch.float64)
    y = attn(x.to(memory_format=layout), num_frames)
    tokens = x.flatten(2).transpose(1, 2).unflatten(0, (2, -1))
    expected = oracle(tokens, attn.qkv.weight.flatten(1), 0, **setting)
    expected = expected @ attn.proj.weight.flatten(1).T
    expected = expected.flatten(0, 1).transpose(1, 2).unflatten(-1, (2, 3))
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize('level', [1, 2, 3, None, 'all'])
def test_vit_copies(level):
    """The docstring's number: two copies, or none where a view does."""
    attn = LeapAttention(HEADS * DIMS, HEADS, level=level, shift_div=0)
    x = torch.randn(8, 5, HEADS * DIMS)
    assert count_copies(attn, x) == (2 if level in (1, 2) else 0)


@pytest.mark.parametrize('level', [1, 2, 3, None, 'all'])
def test_visformer_copies(level):
    """The docstring's number: two copies, the second only where no view does."""
    attn = VisformerLeapAttention(HEADS * DIMS, HEADS, level=level, shift_div=0)
    x = torch.randn(8, HEADS * DIMS, 2, 3)
    leaps = level in (1, 2)
    assert count_copies(attn, x) == (2 if leaps else 1)
    last = x.to(memory_format=torch.channels_last)
    assert count_copies(attn, last) == (2 if leaps else 0)
    assert attn(x, 8).is_contiguous(memory_format=torch.channels_last)


class CopyCounter(TorchDispatchMode):
    COPIES = ('clone', 'copy_', '_to_copy', 'cat', 'stack', 'index', 'constant_pad_nd')

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.overloadpacket.__name__ in self.COPIES
        return func(*args, **(kwargs or {}))


def count_copies(attn, x):
    with torch.no_grad(), CopyCounter() as counter:
        attn(x, num_frames=8)
    return counter.count


@pytest.mark.parametrize('level', [1, None])
def test_dropout_and_layer_scale_are_the_image_layers(level):
    image = MultiheadAttention(
        16, 2, attn_drop=0.5, proj_drop=0.5, layer_scale_init_value=0.1
    )
    attn = adopt(LeapAttention, image, level=level, shift_div=0)
    assert [name for name, _ in attn.named_parameters()] == [
        name for name, _ in image.named_parameters()
    ]
    assert attn.qkv is image.qkv
    x = torch.randn(8, 3, 16)
    assert not torch.equal(attn(x, 8), attn(x, 8))
    attn.eval()
    assert torch.equal(attn(x, 8), attn(x, 8))


def test_visformer_adopts_timms_modules():
    image = Attention(16, 2, head_dim_ratio=0.5, attn_drop=0.5)
    attn = adopt(VisformerLeapAttention, image, level=1, shift_div=4)
    assert attn.head_dim == image.head_dim
    assert attn.qkv is image.qkv
    assert attn.attn_drop is image.attn_drop
    x = torch.randn(8, 16, 2, 2)
    assert not torch.equal(attn(x, 8), attn(x, 8))


@pytest.mark.parametrize('attention', [LeapAttention, VisformerLeapAttention])
def test_bad_arguments_are_named(attention):
    with pytest.raises(ValueError, match='at least 1'):
        attention(16, 2, level=0)
    with pytest.raises(ValueError, match='shift_div'):
        attention(16, 2, shift_div=9)


def test_heads_must_divide_the_channels():
    with pytest.raises(ValueError, match='num_heads=3'):
        LeapAttention(16, 3)
