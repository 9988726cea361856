import pytest
from mmengine.analysis import complexity_analysis
from mmengine.config import Config

from projects.xvit.checkpoints.cost import count_cost, view_shape
from projects.xvit.checkpoints.verify import build_model

ARCH = dict(embed_dims=16, num_layers=3, num_heads=2, feedforward_channels=32)


def config(type, **backbone):
    backbone = dict(type=type, arch=ARCH, img_size=[32, 48], **backbone)
    head = dict(type='FrameAverageHead', num_classes=5, in_channels=16)
    return Config(dict(model=dict(type='Recognizer3D', backbone=backbone, cls_head=head)))


def test_attention_and_head_are_counted(monkeypatch):
    cfg = config('XViT', num_frames=4)
    model = build_model(cfg)
    cost = count_cost(model, cfg)
    assert cost.view == '4 x 32 x 48'
    assert cost.params == sum(p.numel() for p in model.parameters())
    monkeypatch.delitem(
        complexity_analysis._DEFAULT_SUPPORTED_FLOP_OPS,
        'aten::scaled_dot_product_attention',
    )
    tokens = 1 + 2 * 3
    attention = cost.flops - count_cost(model, cfg).flops
    assert attention == 3 * 4 * 2 * tokens**2 * 16


def test_view_is_the_configs_else_the_backbones_default_else_the_pipelines():
    cfg = config('LAPSViT')
    assert view_shape(cfg, build_model(cfg).backbone) == (8, 32, 48)
    cfg = config('TPSViT')
    backbone = build_model(cfg).backbone
    with pytest.raises(ValueError, match='the config must tell num_frames'):
        view_shape(cfg, backbone)
    cfg.test_pipeline = [dict(type='DecordInit'), dict(type='SampleFrames', clip_len=6)]
    assert view_shape(cfg, backbone) == (6, 32, 48)
