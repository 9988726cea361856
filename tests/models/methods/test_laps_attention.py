"""LAPS's attention against plain loops, in ViT and in Visformer."""

import math

import pytest
import torch
from mmpretrain.models.utils import MultiheadAttention
from timm.models.visformer import Attention
from torch.utils._python_dispatch import TorchDispatchMode

from projects.xvit.models.hosts.visformer import VisformerAttention
from projects.xvit.models.hosts.vit import ViTAttention
from projects.xvit.models.methods.laps_vit import laps_moves
from projects.xvit.models.moves import Clip, Layer, LayerMoves, set_moves

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


def vit(level=1, shift_div=4, shift_per_head=True, **kwargs):
    """mmpretrain's attention with LAPS's moves; heads are as wide as a token."""
    attn = MultiheadAttention(HEADS * DIMS, HEADS, **kwargs)
    return with_moves(attn, ViTAttention, HEADS * DIMS, level, shift_div, shift_per_head)


def visformer(level=1, shift_div=4, shift_per_head=True, channels=HEADS * DIMS, **kwargs):
    """timm's attention with LAPS's moves; the heads may be narrower than a token."""
    ratio = HEADS * DIMS / channels
    attn = Attention(channels, HEADS, head_dim_ratio=ratio, **kwargs)
    return with_moves(attn, VisformerAttention, channels, level, shift_div, shift_per_head)


def with_moves(attn, attention, channels, *setting):
    (moves,) = laps_moves([setting[0]], *setting[1:])
    set_moves(
        attn, attention, LayerMoves(moves, Layer(channels, HEADS * DIMS, HEADS, False))
    )
    return attn


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
    attn = vit(**setting).double()
    x = torch.randn(2, num_frames, 3, HEADS * DIMS, dtype=torch.float64)
    y = attn(x.flatten(0, 1), Clip(num_frames, (1, 2), 1)).unflatten(0, (2, -1))
    expected = oracle(x, attn.qkv.weight, attn.qkv.bias, **setting)
    expected = expected @ attn.proj.weight.T + attn.proj.bias
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize('num_frames', [4, 8, 16])
@pytest.mark.parametrize('layout', [torch.contiguous_format, torch.channels_last])
@pytest.mark.parametrize('setting', SETTINGS, ids=str)
def test_visformer_equals_plain_loops(setting, layout, num_frames):
    channels = 2 * HEADS * DIMS
    attn = visformer(**setting, channels=channels).double()
    x = torch.randn(2 * num_frames, channels, 2, 3, dtype=torch.float64)
    y = attn(x.to(memory_format=layout), Clip(num_frames, (2, 3), 0))
    tokens = x.flatten(2).transpose(1, 2).unflatten(0, (2, -1))
    expected = oracle(tokens, attn.qkv.weight.flatten(1), 0, **setting)
    expected = expected @ attn.proj.weight.flatten(1).T
    expected = expected.flatten(0, 1).transpose(1, 2).unflatten(-1, (2, 3))
    torch.testing.assert_close(y, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize('level', [1, 2, 3, None, 'all'])
def test_vit_copies(level):
    """Pairing takes one copy and unpairing another, or none where a view is enough."""
    x = torch.randn(8, 5, HEADS * DIMS)
    attn = vit(level, shift_div=0)
    assert count_copies(attn, x, Clip(8, (2, 2), 1)) == (2 if level in (1, 2) else 0)


@pytest.mark.parametrize('level', [1, 2, 3, None, 'all'])
def test_visformer_copies(level):
    """One copy to channels-last, and one to unpair frames where a view is not enough."""
    attn = visformer(level, shift_div=0)
    x = torch.randn(8, HEADS * DIMS, 2, 3)
    clip, leaps = Clip(8, (2, 3), 0), level in (1, 2)
    assert count_copies(attn, x, clip) == (2 if leaps else 1)
    last = x.to(memory_format=torch.channels_last)
    assert count_copies(attn, last, clip) == (2 if leaps else 0)
    assert attn(x, clip).is_contiguous(memory_format=torch.channels_last)


class CopyCounter(TorchDispatchMode):
    COPIES = ('clone', 'copy_', '_to_copy', 'cat', 'stack', 'index', 'constant_pad_nd')

    def __init__(self):
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += func.overloadpacket.__name__ in self.COPIES
        return func(*args, **(kwargs or {}))


def count_copies(attn, *args):
    with torch.no_grad(), CopyCounter() as counter:
        attn(*args)
    return counter.count


@pytest.mark.parametrize(
    ('attn', 'x', 'clip'),
    [
        (vit(attn_drop=0.5), torch.randn(8, 5, HEADS * DIMS), Clip(8, (2, 2), 1)),
        (vit(None, proj_drop=0.5), torch.randn(8, 5, HEADS * DIMS), Clip(8, (2, 2), 1)),
        (visformer(attn_drop=0.5), torch.randn(8, HEADS * DIMS, 2, 3), Clip(8, (2, 3), 0)),
    ],
    ids=['vit', 'vit, after the projection', 'visformer'],
)
def test_dropout_is_the_image_layers(attn, x, clip):
    attn.train()
    assert not torch.equal(attn(x, clip), attn(x, clip))
    attn.eval()
    assert torch.equal(attn(x, clip), attn(x, clip))


@pytest.mark.parametrize('level', [1, None])
def test_layer_scale_is_the_image_layers(level):
    attn = vit(level, layer_scale_init_value=0.1)
    x, clip = torch.randn(8, 5, HEADS * DIMS), Clip(8, (2, 2), 1)
    scaled = attn(x, clip)
    attn.gamma1 = torch.nn.Identity()
    torch.testing.assert_close(scaled, 0.1 * attn(x, clip))


@pytest.mark.parametrize('build', [vit, visformer])
def test_bad_arguments_are_named(build):
    with pytest.raises(ValueError, match=r'level must be .*at least 1.*got 0'):
        build(level=0)
    with pytest.raises(
        ValueError, match=r'div must be from 2 .* to 8 \(.* of a head\), got 9'
    ):
        build(shift_div=9)
