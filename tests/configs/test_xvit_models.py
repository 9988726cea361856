"""X-ViT's models as the configs build them: temporal embedding, head, weight decay."""

from pathlib import Path

import pytest
import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from projects.xvit.analysis import without_weights

CONFIGS = Path(__file__).parents[2] / 'configs'
NAMES = [
    path.stem for path in sorted(CONFIGS.glob('xvit_*.py')) if 'motion' not in path.stem
]
# Tables 1 and 3 of the paper, without temporal attention.
AVERAGED = [
    f'xvit_ablation_{name}' for name in ('summary', 'window0', 'window1', 'window2')
]


def load(name):
    init_default_scope('mmaction')
    return Config.fromfile(CONFIGS / f'{name}.py')


def build(name):
    cfg = load(name)
    del cfg.model.data_preprocessor  # Mixup draws numbers, which fails on the meta device.
    with torch.device('meta'):
        return cfg, MODELS.build(without_weights(cfg.model))


@pytest.mark.parametrize('name', NAMES)
def test_temporal_embedding_has_8_entries(name):
    """The authors tile them along the clip, for any clip length."""
    cfg, model = build(name)
    assert model.backbone.temporal_embed.shape == (1, 8, 1, 768)
    clip_len = cfg.train_dataloader.dataset.pipeline[1].clip_len
    assert clip_len == cfg.model.backbone.num_frames


@pytest.mark.parametrize('name', [name for name in NAMES if 'deepspeed' not in name])
def test_only_the_classifiers_biases_do_not_decay(name):
    """Keys that match no parameter of this head have no effect."""
    cfg, model = build(name)
    names = {id(value): key for key, value in model.named_parameters()}
    groups = build_optim_wrapper(model, cfg.optim_wrapper).optimizer.param_groups
    decays = {names[id(p)]: g['weight_decay'] for g in groups for p in g['params']}
    assert len(decays) == len(names)
    part = 'cls_head.trunk' if 'epic' in name else 'cls_head'
    layers = ['fc_cls'] if name in AVERAGED else ['norm', 'fc_hidden', 'fc_cls']
    undecayed = {key for key, value in decays.items() if value == 0}
    assert undecayed == {f'{part}.{layer}.bias' for layer in layers}
    assert {g['lr'] for g in groups} == {cfg.optim_wrapper.optimizer.lr}


@pytest.mark.parametrize('name', AVERAGED)
def test_head_without_temporal_attention(name):
    """One linear layer on every frame, with dropout 0.5 and initial deviation 0.001."""
    init_default_scope('mmaction')
    head = MODELS.build(load(name).model.cls_head)
    head.init_weights()
    shapes = {key: tuple(value.shape) for key, value in head.named_parameters()}
    assert shapes == {'fc_cls.weight': (174, 768), 'fc_cls.bias': (174,)}
    assert head.fc_cls.weight.std().item() == pytest.approx(0.001, rel=0.02)
    assert not head.fc_cls.bias.any()
    torch.nn.init.eye_(head.fc_cls.weight)
    frames = torch.rand(2, 5, 768) + 1
    expected = frames.mean(dim=1)[:, :174]
    torch.testing.assert_close(head.eval()(frames), expected)
    # In each of the 5 frames, a channel is either doubled or zero.
    ratios = head.train()(frames * 0 + 1) * 5 / 2
    assert ratios.round().unique().tolist() == [0, 1, 2, 3, 4, 5]
    torch.testing.assert_close(ratios, ratios.round())


@pytest.mark.parametrize(
    ('name', 'window', 'summary'),
    [
        ('xvit_ablation_window0', 0, False),
        ('xvit_ablation_window1', 1, False),
        ('xvit_ablation_window2', 2, False),
        ('xvit_ablation_summary', 1, True),
    ],
)
def test_backbone_without_temporal_attention(name, window, summary):
    cfg = load(name)
    assert cfg.model.backbone.window == window
    assert cfg.model.backbone.get('summary_tokens', False) == summary
