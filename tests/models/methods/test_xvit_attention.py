"""X-ViT's attention against plain loops over frames, tokens and channels."""

import itertools
import math

import pytest
import torch

from projects.xvit.models import XViT
from projects.xvit.models.moves import Clip

N, L, C, HEADS = 2, 5, 16, 2


def mix(x, window, shift_div, span, per_head):
    """Equation 9, one channel of one frame at a time; ``x`` is ``(N, T, L, C)``."""
    width = C // HEADS if per_head else C
    fold = width // shift_div
    offsets = [1, -1, 2, -2][: 2 * window]
    y = x.clone()
    for t, c in itertools.product(range(x.shape[1]), range(C)):
        group = c % width // fold
        if group < len(offsets):
            source = t + offsets[group]
            run = t // span
            inside = run * span <= source < (run + 1) * span
            y[:, t, :, c] = x[:, source, :, c] if inside else 0
    return y


def oracle(attn, x, window, shift_div, targets, span, per_head, summary):
    """Equation 10, one query at a time; ``x`` is ``(N, T, L, C)``."""
    num_frames = x.shape[1]
    span = span or num_frames
    d = C // HEADS
    if 'x' in targets:
        x = mix(x, window, shift_div, span, per_head)
    q, k, v = attn.qkv(x).split(C, dim=-1)
    mean_k, mean_v = k[:, :, 1:].mean(2), v[:, :, 1:].mean(2)
    k = mix(k, window, shift_div, span, per_head) if 'k' in targets else k
    v = mix(v, window, shift_div, span, per_head) if 'v' in targets else v
    y = torch.zeros_like(x)
    for n, t, token, h in itertools.product(
        range(len(x)), range(num_frames), range(L), range(HEADS)
    ):
        cut = slice(h * d, (h + 1) * d)
        keys, values = k[n, t, :, cut], v[n, t, :, cut]
        if summary:
            run = slice(t // span * span, (t // span + 1) * span)
            keys = torch.cat([keys, mean_k[n, run, cut]])
            values = torch.cat([values, mean_v[n, run, cut]])
        scores = torch.stack([q[n, t, token, cut] @ key for key in keys]) / math.sqrt(d)
        y[n, t, token, cut] = scores.softmax(0) @ values
    return attn.proj(y)


def build(**kwargs):
    """An X-ViT of one layer; its attention gets 2 x 2 patches and a class token."""
    arch = dict(embed_dims=C, num_layers=1, num_heads=HEADS, feedforward_channels=8)
    model = XViT(arch, img_size=16, patch_size=8, num_frames=4, **kwargs).double()
    return model.layers[0].attn


@pytest.mark.parametrize('per_head', [False, True])
@pytest.mark.parametrize('summary', [False, True])
@pytest.mark.parametrize('span', [None, 2])
@pytest.mark.parametrize(
    'targets', [(), ('x',), ('k',), ('v',), ('k', 'v'), ('x', 'k', 'v')]
)
@pytest.mark.parametrize(('window', 'shift_div'), [(0, 4), (1, 4), (1, 2), (2, 4), (2, 8)])
def test_equals_plain_loops(window, shift_div, targets, span, summary, per_head):
    attn = build(
        window=window,
        shift_div=shift_div,
        mix_targets=targets,
        mix_span=span,
        mix_per_head=per_head,
        summary_tokens=summary,
    )
    x = torch.randn(N, 4, L, C, dtype=torch.float64)
    with torch.no_grad():
        y = attn(x.flatten(0, 1), Clip(4, (2, 2), 1))
        expected = oracle(attn, x, window, shift_div, targets, span, per_head, summary)
    torch.testing.assert_close(y, expected.flatten(0, 1))


@pytest.mark.parametrize(
    ('arguments', 'message'),
    [
        (dict(window=3), 'window must be 0, 1 or 2, got 3'),
        (dict(window=1.5), 'window must be 0, 1 or 2, got 1.5'),
        (dict(shift_div=1), r'div must be from 2 \(.*, got 1'),
        (dict(shift_div=17), r'to 16 \(all channels\), got 17'),
        (dict(shift_div=9, mix_per_head=True), r'to 8 \(channels of a head\), got 9'),
        (dict(window=2, shift_div=3), r'div must be from 4 \(.*, got 3'),
        (dict(mix_targets=('k', 'q')), r"mix_targets .* got \('k', 'q'\)"),
        (dict(mix_targets='kv'), "mix_targets .* got 'kv'"),
    ],
)
def test_bad_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        build(**arguments)
