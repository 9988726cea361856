import pytest
import torch
from mmpretrain.models import VisionTransformer

from projects.xvit.models import TPSViT
from projects.xvit.models.moves import Clip
from projects.xvit.ops import MOSAICS

ARCH = dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32)


def build(**kwargs):
    model = TPSViT(**dict(dict(arch=ARCH, img_size=24, patch_size=8), **kwargs))
    model.init_weights()
    model.eval()
    return model


def oracle(layer, x, num_frames, grid, pattern, fold):
    """The definition for one clip, one query and one head at a time."""
    height, width = grid
    heads, dims = layer.num_heads, x.shape[-1] // layer.num_heads

    def offset(token):
        if token == 0:  # The class token
            return 0
        r, c = divmod(token - 1, width)
        return pattern[r % len(pattern)][c % len(pattern[0])]

    def moved(t, token):
        value = x[(t - offset(token)) % num_frames, token].clone()
        for head in range(heads if token else 0):
            start = head * dims
            for i in range(fold):
                value[start + i] = x[max(t - 1, 0), token, start + i]
                i += fold
                value[start + i] = x[min(t + 1, num_frames - 1), token, start + i]
        return value

    result = torch.zeros_like(x)
    tokens = range(1 + height * width)
    for t in range(num_frames):
        projected = [
            (layer.qkv.weight @ moved(t, n) + layer.qkv.bias).view(3, heads, dims)
            for n in tokens
        ]
        for n in tokens:
            scores = torch.stack([(projected[n][0] * p[1]).sum(-1) for p in projected])
            weights = (scores / dims**0.5).softmax(0)
            attended = sum(w[:, None] * p[2] for w, p in zip(weights, projected))
            own_frame = (t - offset(n)) % num_frames
            result[own_frame, n] = layer.proj(attended.flatten())
    return result


@pytest.mark.parametrize('num_frames', [4, 8])
@pytest.mark.parametrize('grid', [(3, 3), (2, 5)])
@pytest.mark.parametrize('pattern', [None, *MOSAICS.values()])
@torch.no_grad()
def test_attention_equals_plain_loops(pattern, grid, num_frames):
    model = build(shift_pattern=pattern or 'bayer', channel_shift_div=4).double()
    layer = model.layers[1 if pattern else 0].attn
    for parameter in layer.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(num_frames, 1 + grid[0] * grid[1], 16, dtype=torch.float64)
    fold = 0 if pattern else 2
    expected = oracle(layer, x, num_frames, grid, pattern or ((0,),), fold)
    torch.testing.assert_close(layer(x, Clip(num_frames, grid, 1)), expected)


@torch.no_grad()
def test_equals_vit_per_frame_without_moves():
    image = VisionTransformer(ARCH, 24, 8).double()
    image.init_weights()
    image.eval()
    model = build(shift_pattern=[[0]], channel_shift_div=0).double()
    model.load_state_dict(image.state_dict(), strict=True)
    clip = torch.randn(2, 3, 4, 24, 32, dtype=torch.float64)
    expected = image(clip.transpose(1, 2).flatten(0, 1))[0].unflatten(0, (2, 4))
    torch.testing.assert_close(model(clip), expected)


@torch.no_grad()
def test_first_frame_sees_the_mosaic_of_the_clip():
    """Only layer 1: in a clip of 16, a frame sees itself and four frames on each side."""
    model = build(channel_shift_div=0)
    clip = torch.randn(1, 3, 16, 24, 24)
    features = model(clip)
    reached = []
    for t in range(16):
        changed = clip.clone()
        changed[:, :, t] += 1
        if not torch.equal(model(changed)[:, 8], features[:, 8]):
            reached.append(t)
    assert reached == list(range(4, 13))


def test_bad_arguments_are_named():
    with pytest.raises(ValueError, match='shift_pattern'):
        build(shift_pattern='bayr')
    with pytest.raises(ValueError, match=r'div must be .* got 9'):
        build(channel_shift_div=9)
