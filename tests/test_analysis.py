"""Counting: as fvcore where it counts, attention by hand where it does not."""

from pathlib import Path

import fvcore.nn
import pytest
import torch
from mmengine.config import Config
from torch import nn

from projects.xvit import analysis
from projects.xvit.analysis import build_recognizer, count_cost, view_shape
from projects.xvit.multiply_adds import count_multiply_adds

R2PLUS1D = dict(
    type='Recognizer3D',
    backbone=dict(
        type='ResNet2Plus1d',
        depth=18,
        pretrained=None,
        pretrained2d=False,
        base_channels=8,
        conv_cfg=dict(type='Conv2plus1d'),
        norm_eval=False,
    ),
    cls_head=dict(type='I3DHead', num_classes=5, in_channels=64),
)
TSN = dict(
    type='Recognizer2D',
    backbone=dict(type='ResNet', depth=18),
    cls_head=dict(type='TSNHead', num_classes=5, in_channels=512),
)
T, TOKENS, C, LAYERS = 4, 5, 16, 2
XVIT = dict(
    type='Recognizer3D',
    backbone=dict(
        type='XViT',
        arch=dict(embed_dims=C, num_layers=LAYERS, num_heads=2, feedforward_channels=32),
        img_size=32,
        num_frames=T,
    ),
    cls_head=dict(
        type='TemporalAttentionHead',
        num_classes=5,
        in_channels=C,
        num_heads=2,
        hidden_channels=C,
    ),
)


def config(model, pipeline=()):
    return Config(dict(model=model, test_dataloader=dict(dataset=dict(pipeline=pipeline))))


class Scores(nn.Module):
    """What fvcore is given: the recognizer's scores, by another way than the code's."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, sample):
        return self.model.extract_feat(sample, stage='head')[0]


def fvcore_count(analyzer, model, shape):
    counted = analyzer(Scores(model), torch.zeros(1, *shape))
    counted.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return counted.total()


@pytest.mark.parametrize(
    ('cfg', 'shape'), [(R2PLUS1D, (1, 3, 8, 32, 32)), (TSN, (3, 3, 32, 32))]
)
def test_agrees_with_fvcore(cfg, shape):
    model = build_recognizer(config(cfg))
    cost = count_cost(model, shape)
    expected = fvcore_count(fvcore.nn.FlopCountAnalysis, model, shape)
    assert cost.multiply_adds[''] == pytest.approx(expected, rel=1e-3)
    expected = fvcore_count(fvcore.nn.ActivationCountAnalysis, model, shape)
    assert cost.activations[''] == pytest.approx(expected, rel=1e-3)
    assert cost.parameters[''] == sum(p.numel() for p in model.parameters())
    assert cost.multiply_adds['cls_head'] > 0
    assert cost.shape == shape
    assert count_multiply_adds(model, shape) == cost.multiply_adds['']


@pytest.mark.parametrize(
    'name', ['xvit', 'laps_visformer', 'tps', 'tps_vit', 'lora_dinov3', 'lora_siglip2']
)
def test_multiply_adds_need_no_computation(name):
    """The quick count is that of the run, for each family of image models."""
    cfg = Config.fromfile(Path(__file__).parents[1] / f'configs/{name}_motion.py')
    model, shape = build_recognizer(cfg), view_shape(cfg)
    weights = {key: value.clone() for key, value in model.state_dict().items()}
    assert count_multiply_adds(model, shape) == count_cost(model, shape).multiply_adds['']
    for key, value in model.state_dict().items():
        assert torch.equal(value, weights[key])


def test_attention_is_counted():
    model = build_recognizer(config(XVIT))
    shape = (1, 3, T, 32, 32)
    cost = count_cost(model, shape)
    without = fvcore_count(fvcore.nn.FlopCountAnalysis, model, shape)
    # A product with the keys, one with the values: in every frame of every layer, and in
    # the head, whose tokens are the frames and its own.
    attention = LAYERS * T * 2 * TOKENS**2 * C + 2 * (T + 1) ** 2 * C
    assert cost.multiply_adds[''] - without == attention
    without = fvcore_count(fvcore.nn.ActivationCountAnalysis, model, shape)
    put_out = LAYERS * T * TOKENS * C + (T + 1) * C
    assert cost.activations[''] - without == put_out


def test_modules_add_up_and_the_rest_is_named():
    cost = count_cost(build_recognizer(config(XVIT)), (1, 3, T, 32, 32))
    for counts in (cost.parameters, cost.multiply_adds, cost.activations):
        assert counts[''] == counts['backbone'] + counts['cls_head']
    assert 'aten::gelu' in cost.uncounted
    assert 'aten::scaled_dot_product_attention' not in cost.uncounted


def test_the_model_is_left_as_it_was():
    model = build_recognizer(config(XVIT))
    before = set(vars(model))
    count_cost(model, (1, 3, T, 32, 32))
    assert set(vars(model)) == before
    assert not any(m._forward_hooks for m in model.modules())


def test_no_weights_are_asked_for():
    missing = dict(type='Pretrained', checkpoint='no/such/file.pth')
    model = dict(TSN, backbone=dict(TSN['backbone'], pretrained='no/such/file.pth'))
    model['init_cfg'] = [missing, dict(type='Normal', layer='Linear')]
    given = Config(dict(model=model))
    kept = analysis.without_weights(given.model)
    assert kept['backbone'] == TSN['backbone'] and 'init_cfg' not in kept
    assert given.model.init_cfg[0] == missing  # the config itself keeps it
    build_recognizer(given).init_weights()


def test_view_of_the_test_pipeline():
    pipeline = [
        dict(type='SampleFrames', clip_len=8, num_clips=10),
        dict(type='ThreeCrop', crop_size=(32, 64)),
        dict(type='FormatShape', input_format='NCTHW'),
    ]
    assert view_shape(config(XVIT, pipeline)) == (1, 3, 8, 32, 64)
    pipeline[1]['crop_size'] = 32
    assert view_shape(config(XVIT, pipeline)) == (1, 3, 8, 32, 32)


@pytest.mark.parametrize(
    'pipeline',
    [
        [],
        [dict(type='SampleFrames', clip_len=8), dict(type='CenterCrop', crop_size=32)],
        [
            dict(type='SampleFrames', clip_len=1),
            dict(type='CenterCrop', crop_size=32),
            dict(type='FormatShape', input_format='NCHW'),
        ],
    ],
)
def test_a_view_that_is_not_in_the_pipeline(pipeline):
    with pytest.raises(ValueError, match='shape of a view is not in the config'):
        view_shape(config(XVIT, pipeline))


def test_a_model_without_a_head_is_refused():
    headless = build_recognizer(config(dict(XVIT, cls_head=None)))
    for count in (count_cost, count_multiply_adds):
        with pytest.raises(ValueError, match='must have a cls_head'):
            count(headless, (1, 3, T, 32, 32))
