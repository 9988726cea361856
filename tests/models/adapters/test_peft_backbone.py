"""A frozen host with adapters: what is trained, saved, loaded and merged."""

import copy

import pytest
import timm
import torch
from mmaction.registry import MODELS
from mmengine.model import ExponentialMovingAverage
from mmengine.runner.checkpoint import get_state_dict, load_state_dict

from projects.xvit.models import PeftBackbone
from projects.xvit.models.adapters.identity import Identity
from projects.xvit.models.adapters.merge import merge

SMALL = dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2)
NAMES = [
    'vit_small_patch16_dinov3',
    'eva02_tiny_patch14_224',  # queries and values with a separate bias
    'vit_small_patch14_reg4_dinov2',
    'vit_base_patch16_siglip_224',
    'vit_base_patch16_clip_224',
]
MIX = dict(type='ChannelShift', at='keys_values')
LORA = dict(type='LoraConfig', r=4, target_modules=['attn.qkv', 'attn.proj', 'mlp.fc2'])
X = (2, 3, 4, 32, 32)


def host_config(name, folder=None, **options):
    """A small host. With a folder, its weights come from a file there."""
    config = dict(type='TimmVideoViT', model_name=name, moves=[[MIX]], num_frames=4)
    config |= SMALL | dict(temporal_embed_frames=4) | options
    if folder is not None:
        path = folder / 'image.pth'
        if not path.exists():
            image = timm.create_model(name, num_classes=0, **SMALL)
            torch.save(image.state_dict(), path)
        config['init_cfg'] = dict(type='Pretrained', checkpoint=str(path))
    return config


def build(name, folder=None, peft=LORA, **options):
    return PeftBackbone(host_config(name, folder, **options), peft)


def stir(model):
    """Adapters start as zeros: change all that is trained."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
    return model


@pytest.mark.parametrize('name', NAMES)
def test_untrained_adapters_change_nothing_and_all_get_a_gradient(name):
    model = build(name)
    x = torch.randn(X)
    plain = copy.deepcopy(model.eval())
    expected = merge(plain)(x)
    torch.testing.assert_close(model(x), expected, rtol=1e-5, atol=1e-5)
    frozen = {k for k, v in model.named_parameters() if not v.requires_grad}
    assert 'backbone.patch_embed.proj.weight' in frozen
    assert 'backbone.blocks.0.attn.qkv.base_layer.weight' in frozen
    stir(model).train()(x).square().sum().backward()
    for key, value in model.named_parameters():
        assert (value.grad is not None) == (key not in frozen), key
        if value.grad is not None:
            assert value.grad.any(), key
    assert 'backbone.temporal_embed' not in frozen


@pytest.mark.parametrize('name', NAMES)
@torch.no_grad()
def test_merged_equals_unmerged(name):
    model = stir(build(name)).eval()
    x = torch.randn(X)
    before = model(x)
    host = merge(model)
    difference = (host(x) - before).norm() / before.norm()
    assert difference < 1e-5
    plain = MODELS.build(host_config(name)).eval()
    assert (plain(x) - before).norm() / before.norm() > 1e-2
    plain.load_state_dict(host.state_dict(), strict=True)
    assert torch.equal(plain(x), host(x))


def test_host_stays_in_evaluation_mode():
    peft = LORA | dict(lora_dropout=0.5)
    model = build('vit_small_patch16_dinov3', peft=peft, drop_path_rate=0.5).train()
    adapted = model.backbone.blocks[0].attn.qkv
    assert adapted.lora_dropout['default'].training
    assert not adapted.base_layer.training
    assert not model.backbone.training and not model.backbone.blocks[1].training
    assert not model.eval().backbone.blocks[0].attn.qkv.lora_dropout['default'].training


@pytest.mark.parametrize('name', NAMES)
def test_checkpoint_has_only_what_is_trained(name, tmp_path):
    model = stir(build(name, tmp_path))
    trained = {k for k, v in model.named_parameters() if v.requires_grad}
    for state_dict in (model.state_dict(), get_state_dict(model)):
        assert set(state_dict) == trained | {Identity.KEY}
    x = torch.randn(X)
    for load in (load_state_dict, lambda *args, strict: args[0].load_state_dict(args[1])):
        other = build(name, tmp_path)
        load(other, model.state_dict(), strict=True)
        assert torch.equal(other.eval()(x), model.eval()(x))


def test_random_host_is_saved_whole():
    model = stir(build('vit_small_patch16_dinov3'))
    other = build('vit_small_patch16_dinov3')
    load_state_dict(other, model.state_dict(), strict=True)
    x = torch.randn(X)
    assert torch.equal(other.eval()(x), model.eval()(x))


@pytest.mark.parametrize('name', NAMES[:1])
def test_a_missing_adapter_is_reported(name, tmp_path):
    model = build(name, tmp_path)
    state_dict = model.state_dict()
    key = 'backbone.blocks.0.attn.qkv.lora_A.default.weight'
    del state_dict[key]
    with pytest.raises(RuntimeError, match=key):
        load_state_dict(build(name, tmp_path), state_dict, strict=True)


@pytest.mark.parametrize(
    ('options', 'message'),
    [
        (dict(peft=LORA | dict(r=8)), r'peft.r: 4 in the checkpoint, 8 in the config'),
        (dict(peft=LORA | dict(use_dora=True)), r'peft.use_dora: None in .*, True in'),
        (dict(name='vit_tiny_patch16_224'), r"backbone.model_name: 'vit_small_.*' in the"),
        (dict(moves=[]), r'backbone.moves: \[\[{.*}\]\] in the checkpoint, \[\] in'),
    ],
)
def test_adapters_of_another_host_rank_or_method_are_refused(options, message):
    saved = build('vit_small_patch16_dinov3').state_dict()
    other = build(**dict(name='vit_small_patch16_dinov3') | options)
    with pytest.raises(ValueError, match=message):
        load_state_dict(other, saved, strict=True)


def test_adapters_of_other_weights_are_refused(tmp_path):
    name = 'vit_small_patch16_dinov3'
    one, two = tmp_path / '1', tmp_path / '2'
    one.mkdir()
    two.mkdir()
    saved = build(name, one).state_dict()
    with pytest.raises(ValueError, match="the host's weights: checksum"):
        load_state_dict(build(name, two), saved, strict=True)
    with pytest.raises(ValueError, match='random in the config'):
        load_state_dict(build(name), saved, strict=True)
    with pytest.raises(ValueError, match='no adapters of a PeftBackbone'):
        load_state_dict(build(name), {}, strict=True)


def test_moving_average_averages_adapters(tmp_path):
    model = build('vit_small_patch16_dinov3', tmp_path)
    average = ExponentialMovingAverage(model, momentum=0.5)
    average.update_parameters(model)
    before = copy.deepcopy(model)
    stir(model)
    average.update_parameters(model)
    saved = average.state_dict()
    assert not any('base_layer' in key for key in saved)
    values = dict(before.named_parameters())
    for key, value in model.named_parameters():
        mean = (value + values[key]) / 2 if value.requires_grad else value
        torch.testing.assert_close(dict(average.module.named_parameters())[key], mean)
    again = ExponentialMovingAverage(build('vit_small_patch16_dinov3', tmp_path))
    again.load_state_dict(saved, strict=True)
    x = torch.randn(X)
    assert torch.equal(again.module.eval()(x), average.module.eval()(x))


def test_activation_checkpointing_gives_the_same_gradients():
    model = stir(build('vit_small_patch16_dinov3'))
    saving = build('vit_small_patch16_dinov3', with_cp=True)
    load_state_dict(saving, model.state_dict(), strict=True)
    x = torch.randn(X)
    for one in (model, saving):
        one.train()(x).square().sum().backward()
    others = dict(saving.named_parameters())
    for key, value in model.named_parameters():
        if value.requires_grad:
            torch.testing.assert_close(others[key].grad, value.grad)


@pytest.mark.parametrize(
    ('backbone', 'peft', 'error', 'message'),
    [
        (None, dict(r=4), ValueError, "such as 'LoraConfig', got None"),
        (None, dict(type='Lora'), ValueError, "such as 'LoraConfig', got 'Lora'"),
        (None, LORA | dict(target_modules=['query']), ValueError, 'query'),
        (None, LORA | dict(rank=4), TypeError, 'rank'),
        (
            dict(type='mmaction.ResNet3d', depth=18, pretrained=None),
            LORA,
            TypeError,
            'got ResNet3d',
        ),
    ],
)
def test_arguments_that_do_not_fit_are_refused(backbone, peft, error, message):
    backbone = backbone or host_config('vit_small_patch16_dinov3')
    with pytest.raises(error, match=message):
        MODELS.build(dict(type='PeftBackbone', backbone=backbone, peft=peft))
