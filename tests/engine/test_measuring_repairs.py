"""What MMEngine does not count, and MMAction2 refuses, without the repair."""

from types import SimpleNamespace

import pytest
import torch
from mmengine.analysis import FlopAnalyzer
from torch import nn

import projects.xvit.engine  # noqa: F401


class Attention(nn.Module):
    def forward(self, q, k, v):
        return nn.functional.scaled_dot_product_attention(q, k, v)


def test_fused_attention_is_counted():
    q, k, v = torch.zeros(2, 3, 5, 8), torch.zeros(2, 3, 7, 8), torch.zeros(2, 3, 7, 4)
    products = 2 * 3 * 5 * 7 * 8 + 2 * 3 * 5 * 7 * 4  # q k^T, and its product with v
    assert FlopAnalyzer(Attention(), (q, k, v)).total() == products


def test_max_testing_views_takes_batches_only_with_the_repair():
    from mmaction.models import Recognizer3D

    model = SimpleNamespace(
        test_cfg=dict(max_testing_views=4),
        backbone=lambda x: x.mul(2),
        with_neck=False,
    )
    views = torch.arange(30.0).view(5, 6, 1)
    with pytest.raises(AssertionError, match='batch_size == 1'):
        upstream = Recognizer3D.extract_feat.__wrapped__  # Missing: fixed upstream?
        upstream(model, views, test_mode=True)
    features, _ = Recognizer3D.extract_feat(model, views, test_mode=True)
    assert torch.equal(features, views.flatten(0, 1) * 2)
