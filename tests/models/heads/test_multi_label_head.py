"""Heads for videos with several labels."""

import copy
import pickle

import pytest
import torch
from mmaction.registry import MODELS
from mmaction.structures import ActionDataSample
from mmengine.registry import init_default_scope

HEADS = {
    'FrameAverageHead': (dict(in_channels=8), (6, 4, 8)),
    'TemporalAttentionHead': (
        dict(in_channels=8, num_heads=2, hidden_channels=8, dropout_ratio=0.0),
        (6, 4, 8),
    ),
    'I3DHead': (dict(in_channels=8, dropout_ratio=0.0), (6, 8, 2, 3, 3)),
}


@pytest.fixture(params=HEADS)
def head_and_features(request):
    init_default_scope('mmaction')
    arguments, shape = HEADS[request.param]
    config = dict(type='MultiLabelHead', head=request.param, num_classes=5, **arguments)
    return MODELS.build(config).eval(), torch.randn(shape)


def samples(labels):
    return [ActionDataSample().set_gt_label(torch.tensor(row)) for row in labels]


def test_scores_are_sigmoids_averaged_over_the_views(head_and_features):
    head, x = head_and_features
    logits = head(x)
    predicted = head.predict(x, samples([[0.0] * 5] * 2))
    for number, sample in enumerate(predicted):
        views = [1 / (1 + torch.exp(-logits[3 * number + view])) for view in range(3)]
        torch.testing.assert_close(sample.pred_score, sum(views) / 3)


def test_loss_is_the_binary_cross_entropy_of_each_label(head_and_features):
    head, x = head_and_features
    labels = torch.randint(2, (6, 5)).float()
    p = head(x).sigmoid()
    expected = -(labels * p.log() + (1 - labels) * (1 - p).log()).mean()
    losses = head.loss(x, samples(labels.tolist()))
    assert list(losses) == ['loss_cls']
    torch.testing.assert_close(losses['loss_cls'], expected)


def test_parameters_have_the_names_of_the_head_and_copies_work(head_and_features):
    head, x = head_and_features
    plain = MODELS.build(
        dict(type=type(head).__name__, num_classes=5, **HEADS[type(head).__name__][0])
    )
    plain.load_state_dict(head.state_dict())
    for copied in (copy.deepcopy(head), pickle.loads(pickle.dumps(head))):
        assert copied.average_clip(head(x), 2).shape == (3, 5)
