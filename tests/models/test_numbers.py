"""What holds of the numbers of every backbone and head, whatever a run is set to."""

import pytest
import torch
from mmaction.models.heads import I3DHead
from torch import nn

from projects.xvit.models import (
    FrameAverageHead,
    LAPSVisformer,
    LAPSViT,
    TemporalAttentionHead,
    TPSSwin,
    TPSViT,
    XViT,
)

VIT = dict(
    arch=dict(embed_dims=32, num_layers=3, num_heads=4, feedforward_channels=64),
    img_size=24,
    patch_size=8,
)
VISFORMER = dict(init_channels=8, embed_dim=32, depth=(1, 2, 2), num_heads=2)
SWIN = dict(
    arch=dict(embed_dims=16, depths=[2, 2], num_heads=[2, 4]), img_size=24, window_size=3
)
PARTS = {
    'XViT': (XViT, VIT | dict(num_frames=8)),
    'XViT with summary tokens': (XViT, VIT | dict(num_frames=8, summary_tokens=True)),
    'LAPSViT': (LAPSViT, VIT | dict(num_frames=8)),
    'TPSViT': (TPSViT, VIT),
    'LAPSVisformer': (LAPSVisformer, dict(arch=VISFORMER, img_size=32, num_frames=8)),
    'TPSSwin': (TPSSwin, SWIN | dict(num_frames=8)),
}
MODELS = [
    (backbone, head)
    for backbone in PARTS
    for head in (
        [I3DHead] if backbone == 'TPSSwin' else [FrameAverageHead, TemporalAttentionHead]
    )
]


def build(backbone, head, **options):
    """Backbone and head with weights far from their start, in evaluation mode."""
    module, arguments = PARTS[backbone]
    channels = 64 if module is LAPSVisformer else 32
    extra = dict(num_heads=4) if head is TemporalAttentionHead else {}
    model = nn.Sequential(
        module(**arguments, **options), head(num_classes=5, in_channels=channels, **extra)
    )
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        model.train()
        for _ in range(30):  # The BatchNorms learn what they see.
            model(clips(backbone))
    return model.eval()


def clips(backbone, num=2):
    side = 32 if backbone == 'LAPSVisformer' else 24
    return torch.randn(num, 3, 8, side, side)


every_model = pytest.mark.parametrize(
    ('backbone', 'head'), MODELS, ids=lambda part: getattr(part, '__name__', part)
)


@every_model
@torch.no_grad()
def test_mixed_precision_is_close_to_float32(backbone, head):
    model, x = build(backbone, head), clips(backbone, num=4)
    exact = model(x)
    for dtype, bound in ((torch.bfloat16, 0.03), (torch.float16, 0.004)):
        with torch.autocast('cpu', dtype):
            scores = model(x)
        assert scores.dtype == dtype
        error = ((scores.float() - exact).norm() / exact.norm()).item()
        assert 0 < error < bound, (dtype, error)


@every_model
@torch.no_grad()
def test_extreme_pixels_give_finite_scores(backbone, head):
    model, x = build(backbone, head), clips(backbone)
    black_and_white = 255 * torch.randint_like(x, 2)
    inputs = {
        'zeros': torch.zeros_like(x),
        'one colour': torch.full_like(x, 3.0),
        'not normalized': black_and_white,
        'huge': 1e4 * x.sign(),
    }
    for kind, pixels in inputs.items():
        for dtype in (torch.float32, torch.bfloat16, torch.float16):
            if kind == 'huge' and dtype == torch.float16:
                continue  # Its largest number is 65504, which a sum of such pixels passes.
            with torch.autocast('cpu', dtype, enabled=dtype != torch.float32):
                assert model(pixels).isfinite().all(), (kind, dtype)


@every_model
@torch.no_grad()
def test_a_clips_scores_do_not_depend_on_its_neighbours(backbone, head):
    model, x = build(backbone, head), clips(backbone, num=4)
    together = model(x)
    bound = 1e-5 * together.abs().max()
    for i in range(len(x)):
        assert (model(x[i : i + 1]) - together[i]).abs().max() < bound
    loud = x.clone()
    loud[1:] *= 1e3
    assert (model(loud)[0] - together[0]).abs().max() < bound


DROPS = {
    'LAPSVisformer': dict(
        drop_path_rate=0.3, pos_drop_rate=0.2, proj_drop_rate=0.2, attn_drop_rate=0.2
    ),
}


@pytest.mark.parametrize('backbone', PARTS)
def test_recomputing_changes_not_a_bit(backbone):
    """With dropout and drop path, from the same seed: outputs, gradients, BatchNorms."""
    drops = DROPS.get(backbone, dict(drop_rate=0.2, drop_path_rate=0.3))
    module, arguments = PARTS[backbone]
    plain = module(**arguments, **drops).train()
    recomputed = module(**arguments, **drops, with_cp=True).train()
    recomputed.load_state_dict(plain.state_dict())
    x = clips(backbone)
    results = []
    for model in (plain, recomputed):
        torch.manual_seed(1)
        y = model(x)
        y.square().mean().backward()
        gradients = [p.grad for p in model.parameters()]
        results.append([y, *gradients, *model.state_dict().values()])
    for one, other in zip(*results, strict=True):
        assert torch.equal(one, other)
    assert sum(g.abs().sum() for g in gradients).isfinite()
    torch.manual_seed(2)
    assert not torch.equal(plain(x), results[0][0])  # Something was dropped.
