"""Compiled by inductor, every backbone computes what it computes eagerly, backward too."""

import copy

import pytest
import torch

from projects.xvit.models import LAPSVisformer, LAPSViT, TPSSwin, TPSViT, XViT

VIT = dict(
    arch=dict(embed_dims=32, num_layers=2, num_heads=4, feedforward_channels=64),
    img_size=64,
    patch_size=16,
)
BACKBONES = {
    'xvit': lambda: XViT(**VIT, num_frames=8),
    'laps_vit': lambda: LAPSViT(**VIT),
    'tps_vit': lambda: TPSViT(**VIT),
    'laps_visformer': lambda: LAPSVisformer(
        dict(init_channels=8, embed_dim=32, depth=(1, 2, 2), num_heads=4), img_size=64
    ),
    'tps_swin': lambda: TPSSwin(
        dict(embed_dims=16, depths=[2, 2], num_heads=[2, 4]),
        img_size=64,
        num_frames=8,
        window_size=4,
        channel_shift_div=4,
    ),
}


def relative_error(out, ref):
    return ((out - ref).norm() / ref.norm()).item()


@pytest.mark.slow
@pytest.mark.parametrize('name', BACKBONES)
def test_inductor_equals_eager(name, fresh_compiler):
    """Measured against eager float64: compiled rounds about as eager float32 does."""
    model = BACKBONES[name]().eval()
    exact = copy.deepcopy(model).double()
    x = torch.randn(2, 3, 8, 64, 64)
    weights = torch.randn_like(model(x))

    def outputs(forward, dtype=torch.float32):
        y = forward(x.to(dtype))
        parameters = list((exact if dtype == torch.float64 else model).parameters())
        gradients = torch.autograd.grad((y * weights).sum(), parameters)
        return y.detach(), torch.cat([g.flatten() for g in gradients])

    eager, compiled = outputs(model), outputs(torch.compile(model, fullgraph=True))
    for ref, plain, fused in zip(outputs(exact, torch.float64), eager, compiled):
        assert relative_error(fused, ref) < max(1e-5, 4 * relative_error(plain, ref))
