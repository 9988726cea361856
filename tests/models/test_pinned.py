"""Parameter names, outputs and gradients of every model, as published before.

``tests/data/pinned_models.pt`` holds them for toy models in float64. Weights and inputs are
random, with seeds from their names, so the order of creation does not matter. To add a
model, add it to ``MODELS_`` and run ``python tests/models/test_pinned.py``, which keeps
the others.
"""

import zlib
from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.registry import init_default_scope
from torch import Tensor, nn

import projects.xvit  # noqa: F401

FILE = Path(__file__).parents[1] / 'data/pinned_models.pt'
VIT = dict(
    arch=dict(embed_dims=16, num_layers=3, num_heads=2, feedforward_channels=24),
    img_size=32,
    patch_size=8,
)
VISFORMER = dict(
    type='LAPSVisformer',
    arch=dict(init_channels=4, embed_dim=16, depth=(1, 2, 2), num_heads=2),
    img_size=32,
)
SWIN = dict(
    type='TPSSwin',
    arch=dict(embed_dims=8, depths=[2, 2], num_heads=[1, 2]),
    img_size=32,
    num_frames=8,
    window_size=3,
)
HEAD = dict(num_classes=3, in_channels=16)
VIDEO = (2, 3, 8, 32, 32)
FEATURES = (2, 8, 16)
MODELS_ = {
    'xvit': (dict(VIT, type='XViT', num_frames=8), VIDEO),
    'xvit_span': (dict(VIT, type='XViT', num_frames=8, mix_span=4, shift_div=8), VIDEO),
    'xvit_tiled': (dict(VIT, type='XViT', temporal_embed_frames=3), VIDEO),
    'xvit_window0': (dict(VIT, type='XViT', window=0), VIDEO),
    'xvit_window2': (dict(VIT, type='XViT', window=2, mix_targets=('x', 'v')), VIDEO),
    'xvit_per_head': (dict(VIT, type='XViT', mix_per_head=True, mix_targets=('k',)), VIDEO),
    'xvit_summary': (dict(VIT, type='XViT', summary_tokens=True, mix_span=4), VIDEO),
    'xvit_layer_scale': (
        dict(VIT, type='XViT', layer_scale_init_value=1e-5, pre_norm=True),
        VIDEO,
    ),
    'laps_vit': (dict(VIT, type='LAPSViT'), VIDEO),
    'laps_vit_plain': (
        dict(VIT, type='LAPSViT', leap_levels=(None,), shift_per_head=False),
        VIDEO,
    ),
    'laps_vit_all': (dict(VIT, type='LAPSViT', leap_levels=('all', 2), shift_div=0), VIDEO),
    'laps_visformer': (VISFORMER, VIDEO),
    'laps_visformer_plain': (
        dict(VISFORMER, leap_levels=((None, 'all'), (3,)), shift_per_head=False),
        VIDEO,
    ),
    'tps_swin': (SWIN, VIDEO),
    'tps_swin_relative': (
        dict(SWIN, temporal_bias='relative', shift_pattern='bayer', channel_shift_div=0),
        VIDEO,
    ),
    'tps_vit': (dict(VIT, type='TPSViT'), VIDEO),
    'tps_vit_bayer': (
        dict(VIT, type='TPSViT', shift_pattern='bayer', channel_shift_div=2),
        VIDEO,
    ),
    'temporal_attention_head': (
        dict(HEAD, type='TemporalAttentionHead', num_heads=2, hidden_channels=8),
        FEATURES,
    ),
    'frame_average_head': (dict(HEAD, type='FrameAverageHead'), FEATURES),
    'multi_task_head': (
        dict(
            type='MultiTaskHead',
            trunk=dict(type='FrameAverageHead', in_channels=16),
            num_classes=dict(verb=2, noun=3),
        ),
        FEATURES,
    ),
}


def noise(name: str, shape: tuple[int, ...]) -> Tensor:
    generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))
    return torch.randn(shape, generator=generator, dtype=torch.float64)


def fill(model: nn.Module) -> None:
    """Fill parameters with noise whose seed is their name."""
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            start = 1.0 if parameter.ndim == 1 and name.endswith('weight') else 0.0
            parameter.copy_(start + 0.2 * noise(name, tuple(parameter.shape)))


def measure(name: str) -> dict:
    """Shapes, output, and two numbers for each gradient, in evaluation mode."""
    init_default_scope('mmaction')
    arguments, shape = MODELS_[name]
    model = MODELS.build(arguments).double()
    fill(model)
    model.eval()
    x = noise('input', shape).requires_grad_()
    out = model(x)
    out = torch.cat(list(out.values()), dim=1) if isinstance(out, dict) else out
    (out * noise('output', tuple(out.shape))).sum().backward()
    gradients = {'input': x.grad} | {k: p.grad for k, p in model.named_parameters()}
    numbers = [
        torch.stack([g.norm(), (g * noise('g', tuple(g.shape))).sum()])
        for g in gradients.values()
    ]
    return dict(
        shapes={key: tuple(value.shape) for key, value in model.state_dict().items()},
        out=out.detach().clone(),
        names=list(gradients),
        gradients=torch.stack(numbers),
    )


@pytest.mark.parametrize('name', MODELS_)
def test_model_is_what_it_was(name):
    before, now = torch.load(FILE, weights_only=True)[name], measure(name)
    assert now['shapes'] == before['shapes']
    torch.testing.assert_close(now['out'], before['out'], rtol=1e-10, atol=1e-12)
    gradients = dict(zip(now['names'], now['gradients']))
    assert sorted(gradients) == sorted(before['names'])
    for key, value in zip(before['names'], before['gradients']):
        torch.testing.assert_close(gradients[key], value, rtol=1e-9, atol=1e-11)


if __name__ == '__main__':
    kept = torch.load(FILE, weights_only=True) if FILE.exists() else {}
    torch.save({name: kept.get(name) or measure(name) for name in MODELS_}, FILE)
