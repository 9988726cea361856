"""A frozen host: it is not trained, not saved, and not mistaken for another."""

import pytest
import timm
import torch
from mmaction.registry import MODELS
from mmengine.runner.checkpoint import load_state_dict

from projects.xvit.models import FrozenBackbone
from projects.xvit.models.adapters.identity import Identity

NAME = 'vit_small_patch16_dinov3'
SMALL = dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2)
X = (2, 3, 4, 32, 32)


def build(folder=None, seed=0, **options):
    host = dict(type='TimmVideoViT', model_name=NAME, num_frames=4, **SMALL) | options
    if folder is not None:
        torch.manual_seed(seed)
        path = folder / f'{seed}.pth'
        torch.save(timm.create_model(NAME, num_classes=0, **SMALL).state_dict(), path)
        host['init_cfg'] = dict(type='Pretrained', checkpoint=str(path))
    return FrozenBackbone(host)


def test_it_is_frozen_and_passes_features():
    model = build(drop_path_rate=0.5, proj_drop_rate=0.5).train()
    assert not any(parameter.requires_grad for parameter in model.parameters())
    x = torch.randn(X)
    features = model(x)
    assert torch.equal(features, model.eval()(x)) and not features.requires_grad
    assert model(features) is features


def test_checkpoint_says_which_host_and_has_no_weights(tmp_path):
    model = build(tmp_path)
    saved = model.state_dict()
    assert saved.keys() == {Identity.KEY}
    other = build(tmp_path)
    load_state_dict(other, saved, strict=True)
    x = torch.randn(X)
    assert torch.equal(other(x), model(x))
    with pytest.raises(ValueError, match="the host's weights: checksum"):
        load_state_dict(build(tmp_path, seed=1), saved, strict=True)
    moved = build(tmp_path, moves=[[dict(type='ChannelShift', at='keys')]])
    with pytest.raises(ValueError, match=r'does not fit: backbone\.moves: \(\) in|\[\] in'):
        load_state_dict(moved, saved, strict=True)
    with pytest.raises(ValueError, match='the checkpoint has no frozen host'):
        load_state_dict(model, {}, strict=True)


def test_random_host_is_saved_whole():
    model, other = build(), build()
    load_state_dict(other, model.state_dict(), strict=True)
    x = torch.randn(X)
    assert torch.equal(other(x), model(x))


def test_other_backbones_are_refused():
    with pytest.raises(TypeError, match='got ResNet'):
        MODELS.build(dict(type='FrozenBackbone', backbone=dict(type='ResNet', depth=18)))
