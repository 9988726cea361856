"""TokShift in plain loops, from timm's parameter names to the scores."""

import math

import pytest
import torch
from torch.nn.functional import gelu, layer_norm

from projects.xvit.checkpoints import convert_timm_vit
from projects.xvit.models import TokShiftViT, VideoViT

DIMS, LAYERS, HEADS = 16, 2, 4
ARCH = dict(embed_dims=DIMS, num_layers=LAYERS, num_heads=HEADS, feedforward_channels=32)


def linear(w, name, x):
    return x @ w[f'{name}.weight'].T + w[f'{name}.bias']


def norm(w, name, x):
    return layer_norm(x, (DIMS,), w[f'{name}.weight'], w[f'{name}.bias'], 1e-6)


def shift_class_tokens(frames, fold):
    """Channels [0, f) come from t+1, [f, 2f) from t-1, zeros where there is no frame."""
    shifted = []
    for t, tokens in enumerate(frames):
        tokens = tokens.clone()
        for group, source in enumerate((t + 1, t - 1)):
            part = slice(group * fold, (group + 1) * fold)
            there = 0 <= source < len(frames)
            tokens[0, part] = frames[source][0, part] if there else 0.0
        shifted.append(tokens)
    return shifted


def attend(w, name, x):
    q, k, v = linear(w, f'{name}.qkv', x).chunk(3, dim=-1)
    d, out = DIMS // HEADS, []
    for head in range(HEADS):
        part = slice(head * d, (head + 1) * d)
        scores = (q[:, part] @ k[:, part].T / math.sqrt(d)).softmax(-1)
        out.append(scores @ v[:, part])
    return linear(w, f'{name}.proj', torch.cat(out, dim=1))


def plain_tokshift(w, clip, fold):
    """``(3, T, H, W)`` -> ``(T, C)``."""
    frames = []
    for t in range(clip.shape[1]):
        tokens = [w['cls_token'][0, 0]]
        for row in range(0, 16, 8):
            for column in range(0, 16, 8):
                patch = clip[:, t, row : row + 8, column : column + 8]
                kernel = w['patch_embed.proj.weight']
                tokens.append((kernel * patch).sum((1, 2, 3)) + w['patch_embed.proj.bias'])
        frames.append(torch.stack(tokens) + w['pos_embed'][0])
    for i in range(LAYERS):
        block = f'blocks.{i}'
        frames = shift_class_tokens(frames, fold)
        frames = [
            x + attend(w, f'{block}.attn', norm(w, f'{block}.norm1', x)) for x in frames
        ]
        frames = shift_class_tokens(frames, fold)
        for t, x in enumerate(frames):
            hidden = gelu(linear(w, f'{block}.mlp.fc1', norm(w, f'{block}.norm2', x)))
            frames[t] = x + linear(w, f'{block}.mlp.fc2', hidden)
    return torch.stack([norm(w, 'norm', x)[0] for x in frames])


@pytest.mark.parametrize(('num_frames', 'div'), [(1, 4), (5, 4), (8, 2), (3, 8)])
@torch.no_grad()
def test_equals_plain_loops_on_timms_names(num_frames, div):
    timm = pytest.importorskip('timm')
    image = timm.models.VisionTransformer(
        img_size=16,
        patch_size=8,
        embed_dim=DIMS,
        depth=LAYERS,
        num_heads=HEADS,
        mlp_ratio=2,
    ).double()
    for parameter in image.parameters():
        parameter.copy_(0.4 * torch.randn_like(parameter))
    weights = image.state_dict()
    model = TokShiftViT(ARCH, 16, 8, num_frames, shift_div=div).double().eval()
    model.load_state_dict(convert_timm_vit(weights), strict=True)
    x = torch.randn(2, 3, num_frames, 16, 16, dtype=torch.float64)
    expected = torch.stack([plain_tokshift(weights, clip, DIMS // div) for clip in x])
    torch.testing.assert_close(model(x), expected, rtol=1e-10, atol=1e-10)


def test_it_is_a_list_of_moves():
    move = dict(type='ChannelShift', at='stream', div=4, tokens='class')
    model = VideoViT(ARCH, 16, 8, moves=[[move]]).eval()
    other = TokShiftViT(ARCH, 16, 8).eval()
    other.load_state_dict(model.state_dict())
    x = torch.randn(1, 3, 8, 16, 16)
    assert torch.equal(model(x), other(x))
