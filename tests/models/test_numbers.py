"""Numerics of every backbone and head: mixed precision, extreme input, batching."""

from functools import partial

import pytest
import torch
from mmaction.models.heads import I3DHead
from torch import nn
from toy_models import CLIPS, backbones, stir, toy

from projects.xvit.models import FrameAverageHead, TemporalAttentionHead

PARTS = {backbone.__name__: (backbone, {}) for backbone in backbones()}
PARTS['XViT with summary tokens'] = (PARTS['XViT'][0], dict(summary_tokens=True))


def heads(name):
    """The heads for a backbone's features: feature maps, or one vector per frame."""
    backbone, options = PARTS[name]
    with torch.no_grad():
        features = toy(backbone, **options).eval()(torch.randn(CLIPS))
    if features.ndim == 5:
        return [partial(I3DHead, in_channels=features.shape[1])]
    attention = partial(TemporalAttentionHead, num_heads=4)
    return [
        partial(head, in_channels=features.shape[2])
        for head in (FrameAverageHead, attention)
    ]


MODELS = [(name, head) for name in PARTS for head in heads(name)]


def build(backbone, head):
    """Backbone and head in evaluation mode, with weights far from initialization."""
    module, options = PARTS[backbone]
    model = nn.Sequential(toy(module, **options), head(num_classes=5))
    stir(model)
    with torch.no_grad():
        model.train()
        for _ in range(30):  # The BatchNorms update their statistics.
            model(clips())
    return model.eval()


def clips(num=2):
    return torch.randn(num, *CLIPS[1:])


every_model = pytest.mark.parametrize(
    ('backbone', 'head'),
    MODELS,
    ids=lambda part: part if isinstance(part, str) else part.func.__name__,
)


@every_model
@torch.no_grad()
def test_mixed_precision_is_close_to_float32(backbone, head):
    model, x = build(backbone, head), clips(4)
    exact = model(x)
    for dtype, bound in ((torch.bfloat16, 0.05), (torch.float16, 0.004)):
        with torch.autocast('cpu', dtype):
            scores = model(x)
        assert scores.dtype == dtype
        error = ((scores.float() - exact).norm() / exact.norm()).item()
        assert 0 < error < bound, (dtype, error)


@every_model
@torch.no_grad()
def test_extreme_pixels_give_finite_scores(backbone, head):
    model, x = build(backbone, head), clips()
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
                continue  # A sum of such pixels exceeds float16's largest number, 65504.
            with torch.autocast('cpu', dtype, enabled=dtype != torch.float32):
                assert model(pixels).isfinite().all(), (kind, dtype)


@every_model
@torch.no_grad()
def test_a_clips_scores_do_not_depend_on_its_neighbours(backbone, head):
    model, x = build(backbone, head), clips(4)
    together = model(x)
    bound = 1e-5 * together.abs().max()
    for i in range(len(x)):
        assert (model(x[i : i + 1]) - together[i]).abs().max() < bound
    loud = x.clone()
    loud[1:] *= 1e3
    assert (model(loud)[0] - together[0]).abs().max() < bound
