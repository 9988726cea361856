"""Image weights of every layout, by ``init_cfg``: nothing is skipped by mistake."""

import pytest
import timm
import torch
from mmaction.registry import MODELS
from mmpretrain.models import MAEViT, SwinTransformer, VisionTransformer

ARCH = dict(embed_dims=32, num_layers=2, num_heads=4, feedforward_channels=128)
SWIN = dict(embed_dims=8, depths=[2, 2], num_heads=[1, 2])
VIT = dict(arch=ARCH, img_size=32, patch_size=8)
# Sees one frame at a time, so that it computes what the image model does.
SPATIAL = {
    'XViT': dict(window=0, num_frames=4),
    'LAPSViT': dict(leap_levels=[None], shift_div=0, num_frames=4),
}
NEW = {'XViT': {'temporal_embed'}, 'LAPSViT': set(), 'TPSViT': set()}


def scramble(module):
    """Values by which every parameter and buffer is told from its initial value."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
        for name, buffer in module.named_buffers():
            if buffer.is_floating_point() and 'attn_mask' not in name:
                buffer.add_(torch.rand_like(buffer))
    module.eval()  # mmpretrain's backbones do not return themselves.
    return module


def mmpretrain_file(model, path):
    state = {f'backbone.{key}': value for key, value in model.state_dict().items()}
    head = {'head.layers.head.weight': torch.zeros(10, 32)}
    torch.save(dict(meta={}, state_dict=state | head), path)
    return dict(type='Pretrained', checkpoint=str(path), prefix='backbone.')


def timm_file(model, path):
    torch.save(model.state_dict(), path)
    return dict(type='Pretrained', checkpoint=str(path))


def initialized(type, init_cfg, **arguments):
    model = MODELS.build(dict(type=type, init_cfg=init_cfg, **arguments))
    model.init_weights()
    return model.eval()


def plain(**arguments):
    return scramble(VisionTransformer(**VIT, **arguments))


def mae():
    return scramble(MAEViT(**VIT))


def timm_vit(**arguments):
    size = dict(img_size=32, patch_size=8, embed_dim=32, depth=2, num_heads=4)
    return scramble(timm.models.VisionTransformer(**size, **arguments))


# mmpretrain's arguments; how its file, or timm's of the same layout, is made.
LAYOUTS = {
    'mmpretrain': ({}, plain, mmpretrain_file),
    'timm': ({}, timm_vit, timm_file),
    'timm, layer scale (DINOv2)': (
        dict(layer_scale_init_value=1e-5),
        lambda **_: timm_vit(init_values=1e-5),
        timm_file,
    ),
    'timm, pre-norm (CLIP)': (
        dict(pre_norm=True),
        lambda **_: timm_vit(pre_norm=True),
        timm_file,
    ),
    'CLIP': (dict(pre_norm=True), plain, mmpretrain_file),
    'DINOv2': (dict(layer_scale_init_value=1e-5), plain, mmpretrain_file),
    'MAE': ({}, mae, mmpretrain_file),
}


@torch.no_grad()
def image_features(image, frames):
    if isinstance(image, MAEViT):
        return image(frames, mask=None)[0][:, 0]
    if isinstance(image, VisionTransformer):
        return image(frames)[0]
    return image.forward_features(frames)[:, 0]


@pytest.mark.parametrize('layout', LAYOUTS)
@pytest.mark.parametrize('type', ['XViT', 'LAPSViT', 'TPSViT'])
def test_vit(type, layout, tmp_path):
    arguments, build, write = LAYOUTS[layout]
    image = build(**arguments)
    init_cfg = write(image, tmp_path / 'image.pth')
    model = initialized(type, init_cfg, **VIT, **arguments, **SPATIAL.get(type, {}))

    # Told by their values, for names differ between timm and mmpretrain.
    left = {key for key, value in model.state_dict().items() if not found(value, image)}
    assert left == NEW[type]
    if type in SPATIAL:
        video = torch.randn(2, 3, 4, 32, 32)
        with torch.no_grad():
            features = model(video).flatten(0, 1)
        expected = image_features(image, video.transpose(1, 2).flatten(0, 1))
        torch.testing.assert_close(features, expected, rtol=1e-4, atol=1e-5)


def found(value, image):
    states = image.state_dict().values()
    return any(value.shape == s.shape and torch.equal(value, s) for s in states)


def test_new_parameters_begin_at_zero(tmp_path):
    init_cfg = mmpretrain_file(plain(), tmp_path / 'image.pth')
    model = initialized('XViT', init_cfg, **VIT, num_frames=4)
    assert not model.temporal_embed.any()


def test_another_image_size_is_interpolated(tmp_path):
    image = plain()
    init_cfg = mmpretrain_file(image, tmp_path / 'image.pth')
    model = initialized('XViT', init_cfg, **VIT | dict(img_size=64), num_frames=4)
    left = {key for key, value in model.state_dict().items() if not found(value, image)}
    assert left == {'temporal_embed', 'pos_embed'}
    assert model.pos_embed.shape == (1, 65, 32)
    # The class token's embedding stays, and so does the mean of the others.
    assert torch.equal(model.pos_embed[:, 0], image.pos_embed[:, 0])
    means = [embed[:, 1:].mean(1) for embed in (model.pos_embed, image.pos_embed)]
    torch.testing.assert_close(*means, atol=0.02, rtol=0)


@pytest.mark.parametrize('frames', [1, 2])
def test_swin(frames, tmp_path):
    """Only tables and patch kernel are not as they were: they got a time axis."""
    image = scramble(SwinTransformer(SWIN, img_size=32, window_size=4, out_indices=(1,)))
    init_cfg = mmpretrain_file(image, tmp_path / 'image.pth')
    model = initialized(
        'TPSSwin',
        init_cfg,
        arch=SWIN,
        img_size=32,
        num_frames=8,
        patch_size=(frames, 4, 4),
        window_size=4,
    )
    theirs = image.state_dict()
    ours = model.state_dict()
    assert {k for k in set(theirs) ^ set(ours) if not k.endswith('_index')} == set()
    for key, value in ours.items():
        if key.endswith('bias_table'):
            assert torch.equal(value, theirs[key].repeat(31, 1))
        elif key == 'patch_embed.projection.weight':
            assert value.shape[2] == frames
            torch.testing.assert_close(value.sum(2), theirs[key])
            assert torch.equal(value[:, :, 0], value[:, :, -1])
        elif not key.endswith('_index'):
            assert torch.equal(value, theirs[key]), key


@pytest.mark.parametrize('size', [32, 64])
def test_visformer(size, tmp_path):
    image = scramble(timm.create_model('visformer_tiny', img_size=32, num_classes=10))
    init_cfg = timm_file(image, tmp_path / 'image.pth')
    model = initialized('LAPSVisformer', init_cfg, arch='tiny', img_size=size)
    theirs, ours = image.state_dict(), model.state_dict()
    assert set(theirs) - set(ours) == {'head.weight', 'head.bias'}
    assert set(ours) <= set(theirs)
    left = {key for key, value in ours.items() if not same(value, theirs[key])}
    resized = {'pos_embed1', 'pos_embed2', 'pos_embed3'}
    assert left == (resized if size == 64 else set())


def same(value, other):
    return value.shape == other.shape and torch.equal(value, other)
