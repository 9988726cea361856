"""timm's Vision Transformers as hosts: without moves, each frame's output is timm's."""

import copy
import pickle

import pytest
import timm
import torch
from mmaction.registry import MODELS

from projects.xvit.models import TimmVideoViT

SMALL = dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=2)
# One model of each kind, made small with timm's arguments.
NAMES = {
    'vit_tiny_patch16_224': {},  # AugReg
    'vit_base_patch16_clip_224': {},  # norm before the layers
    'vit_base_patch16_siglip_224': {},  # no class token, attention pooling
    'vit_small_patch14_reg4_dinov2': {},  # registers, layer scale
    'vit_small_patch16_dinov3': {},  # Eva: rotary embedding, registers
    'eva02_tiny_patch14_224': {},  # SwiGLU, averaged patches
    'vit_pe_core_tiny_patch16_384': {},  # Eva with timm's own rotary attention
    'vit_base_patch16_rope_mixed_224': {},  # a rotation for each layer
}
MIX = dict(type='ChannelShift', at='keys_values')
LEAP = dict(type='Leap', level=1)


def build(name, **options):
    return TimmVideoViT(name, **SMALL, **NAMES[name], **options)


def image_model(name, **options):
    return timm.create_model(name, num_classes=0, **SMALL | NAMES[name] | options)


def scramble(model):
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    return model.eval()


@pytest.mark.parametrize('name', NAMES)
@torch.no_grad()
def test_without_moves_it_is_timms_model_on_every_frame(name):
    image = scramble(image_model(name)).double()
    video = build(name).double().eval()
    assert set(video.state_dict()) == set(image.state_dict())
    assert dict(video.named_parameters()).keys() == dict(image.named_parameters()).keys()
    video.load_state_dict(image.state_dict())
    x = torch.randn(2, 3, 5, 32, 32, dtype=torch.float64)
    expected = torch.stack([image(x[:, :, t]) for t in range(5)], dim=1)
    torch.testing.assert_close(video(x), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize('name', NAMES)
def test_moves_let_frames_see_each_other(name):
    """One layer shifts channels between neighbours, the next pairs distant frames."""
    video = scramble(build(name, moves=[[MIX], [LEAP]])).double()
    x = torch.randn(1, 3, 8, 32, 32, dtype=torch.float64, requires_grad=True)
    video(x)[0, 2].sum().backward()
    seen = x.grad[0].abs().amax((0, 2, 3)) > 0
    # Frame 2 pairs with frame 6, and both hold channels of their neighbours.
    assert seen.tolist() == [False, True, True, True, False, True, True, True]


@pytest.mark.parametrize('name', NAMES)
def test_stochastic_depth_drops_clips(name):
    video = build(name, drop_path_rate=0.9).train()
    x = torch.randn(32, 3, 1, 32, 32).expand(-1, -1, 3, -1, -1)
    frames = video(x)
    assert torch.equal(frames[:, 0], frames[:, 1]) and torch.equal(
        frames[:, 0], frames[:, 2]
    )
    again = video(x)
    assert not torch.equal(frames, again)


@pytest.mark.parametrize('name', ['vit_tiny_patch16_224', 'vit_small_patch16_dinov3'])
def test_temporal_embedding_is_tiled(name):
    video = build(name, temporal_embed_frames=2).eval()
    assert video.temporal_embed.shape == (1, 2, 1, 32) and not video.temporal_embed.any()
    torch.nn.init.normal_(video.temporal_embed)
    out = video(torch.randn(1, 3, 1, 32, 32).expand(-1, -1, 5, -1, -1))[0]
    assert not torch.allclose(out[0], out[1])
    torch.testing.assert_close(out[[2, 3, 4]], out[[0, 1, 0]])
    with pytest.raises(ValueError, match='has 2 entries in the checkpoint, 3 in the model'):
        build(name, temporal_embed_frames=3).load_state_dict(video.state_dict())


@pytest.mark.parametrize('name', ['vit_tiny_patch16_224', 'eva02_tiny_patch14_224'])
def test_a_file_of_timm_loads_by_init_cfg(name, tmp_path, resize_warnings):
    image = scramble(timm.create_model(name, num_classes=10, **SMALL))
    path = tmp_path / 'image.pth'
    torch.save(image.state_dict(), path)
    init_cfg = dict(type='Pretrained', checkpoint=str(path))
    video = MODELS.build(
        dict(type='TimmVideoViT', model_name=name, init_cfg=init_cfg, **SMALL)
    )
    video.init_weights()
    for key, value in video.state_dict().items():
        assert torch.equal(value, image.state_dict()[key]), key
    assert resize_warnings == []


@pytest.mark.parametrize('name', ['vit_tiny_patch16_224', 'eva02_tiny_patch14_224'])
def test_another_image_size_is_resized_as_timm_does_it(name, tmp_path, resize_warnings):
    image = scramble(timm.create_model(name, num_classes=0, **SMALL))
    video = TimmVideoViT(name, **SMALL | dict(img_size=64))
    video.load_state_dict(image.state_dict())
    image.set_input_size(img_size=(64, 64))
    torch.testing.assert_close(video.pos_embed, image.pos_embed)
    assert len(resize_warnings) == 1
    assert 'has 4 x 4 patches, the config 8 x 8' in resize_warnings[0]


def test_pretrained_is_timms_download(monkeypatch):
    called = []
    real = timm.create_model

    def create_model(name, pretrained, **arguments):
        called.append((name, pretrained))
        return real(name, pretrained=False, **arguments)

    monkeypatch.setattr(timm, 'create_model', create_model)
    build('vit_tiny_patch16_224', pretrained=True)
    assert called == [('vit_tiny_patch16_224', True)]


@pytest.mark.parametrize(
    ('name', 'options', 'message'),
    [
        ('resnet18', {}, "'resnet18' is a ResNet"),
        ('vit_base_patch16_rpn_224', {}, 'has ResPostBlock with Attention'),
        ('vit_relpos_base_patch16_224', {}, 'is a VisionTransformerRelPos'),
        ('vit_tiny_patch16_224', dict(patch_drop_rate=0.5), 'patch_drop_rate'),
        ('vit_tiny_patch16_224', dict(num_classes=5), 'num_classes=5 cannot be set'),
    ],
)
def test_other_models_are_refused_by_name(name, options, message):
    with pytest.raises(TypeError, match=message):
        TimmVideoViT(name, **options)


def test_it_can_be_copied_and_pickled():
    video = build('vit_tiny_patch16_224', moves=[[MIX]]).eval()
    x = torch.randn(1, 3, 4, 32, 32)
    for other in (copy.deepcopy(video), pickle.loads(pickle.dumps(video))):
        assert isinstance(other, TimmVideoViT)
        assert torch.equal(other(x), video(x))


def test_a_method_can_be_a_class_on_this_host():
    class Mixing(TimmVideoViT):
        def __init__(self, model_name, **options):
            super().__init__(model_name, moves=[[MIX]], **options)

    model = Mixing('vit_tiny_patch16_224', **SMALL)
    assert isinstance(model, Mixing)
    other = build('vit_tiny_patch16_224', moves=[[MIX]])
    other.load_state_dict(model.state_dict())
    x = torch.randn(1, 3, 4, 32, 32)
    assert torch.equal(model.eval()(x), other.eval()(x))
