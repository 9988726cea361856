"""The heads of probes: what they compute, and whether the order of the frames matters."""

import math

import pytest
import torch

from projects.xvit.models import AttentiveHead, FrameConcatHead

N, T, C, CLASSES = 3, 4, 32, 5


def test_frame_concat_head_has_weights_for_each_frame():
    head = FrameConcatHead(CLASSES, C, T)
    head.init_weights()
    x = torch.randn(N, T, C)
    weights = head.fc_cls.weight.unflatten(1, (T, C))
    expected = head.fc_cls.bias + sum(x[:, t] @ weights[:, t].T for t in range(T))
    torch.testing.assert_close(head(x), expected)


def test_attentive_head_is_one_query_in_each_head():
    head = AttentiveHead(CLASSES, C, T, num_heads=4)
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    x, pool, size = torch.randn(N, T, C), head.pool, C // 4
    tokens = head.norm(x) + pool.pos_embed
    query = pool.q(pool.latent[0, 0])
    keys, values = pool.kv(tokens).chunk(2, dim=-1)
    expected = []
    for n in range(N):
        parts = []
        for h in range(4):
            part = slice(h * size, (h + 1) * size)
            scores = torch.stack([query[part] @ keys[n, t, part] for t in range(T)])
            weights = (scores / math.sqrt(size)).softmax(0)
            parts.append(sum(weights[t] * values[n, t, part] for t in range(T)))
        y = pool.proj(torch.cat(parts))
        expected.append(head.fc_cls(y + pool.mlp(pool.norm(y))))
    torch.testing.assert_close(head(x), torch.stack(expected), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize('kind', [FrameConcatHead, AttentiveHead])
def test_order_of_the_frames_matters(kind):
    head = kind(CLASSES, C, T, **({} if kind is FrameConcatHead else dict(num_heads=4)))
    head.init_weights()
    x = torch.randn(N, T, C)
    assert not torch.allclose(head(x), head(x.flip(1)), atol=1e-4)


@pytest.mark.parametrize('kind', [FrameConcatHead, AttentiveHead])
def test_bad_features_are_named(kind):
    head = kind(CLASSES, 36, T)
    with pytest.raises(ValueError, match='in_channels=36'):
        head(torch.zeros(N, T, C))
    with pytest.raises(ValueError, match='num_frames=4 frames, got 5'):
        head(torch.zeros(N, T + 1, 36))


def test_heads_that_do_not_divide_the_channels_are_named():
    with pytest.raises(ValueError, match='num_heads must divide in_channels=32, got 12'):
        AttentiveHead(CLASSES, C, T)
