"""Each method is its host with moves; without moves a host is the image model."""

import pytest
import timm
import torch
from mmaction.registry import MODELS
from mmpretrain.models import VisionTransformer

ARCH = dict(embed_dims=16, num_layers=4, num_heads=2, feedforward_channels=24)
VIT = dict(arch=ARCH, img_size=16, patch_size=8)
VISFORMER = dict(
    arch=dict(init_channels=4, embed_dim=16, depth=(1, 2, 2), num_heads=2), img_size=32
)


def shift(at, **arguments):
    return dict(type='ChannelShift', at=at, **arguments)


def leap(level):
    return dict(type='Leap', level=level)


P_SHIFT = shift('output', div=4, per_head=True)
TPS_EVEN = shift(
    'tokens', offsets=(-1, 1), div=8, per_head=True, edge='keep', tokens='patches'
)
XVIT = dict(VIT, type='XViT', num_frames=8)
VIDEO_VIT = dict(VIT, type='VideoViT', num_frames=8, temporal_embed_frames=8)
CASES = {
    'xvit': (XVIT, dict(VIDEO_VIT, moves=[[shift('keys_values', div=4)]])),
    'xvit, window 2 of 4-frame spans': (
        dict(XVIT, window=2, shift_div=8, mix_span=4),
        dict(
            VIDEO_VIT,
            temporal_embed_frames=4,
            moves=[[shift('keys_values', offsets=(1, -1, 2, -2), div=8, span=4)]],
        ),
    ),
    'xvit, x and values inside the heads': (
        dict(XVIT, mix_targets=('x', 'v'), mix_per_head=True),
        dict(
            VIDEO_VIT,
            moves=[[shift('tokens', per_head=True), shift('values', per_head=True)]],
        ),
    ),
    'xvit, summary': (
        dict(XVIT, summary_tokens=True),
        dict(VIDEO_VIT, moves=[[shift('keys_values'), dict(type='SummaryTokens')]]),
    ),
    'xvit, no neighbours': (dict(XVIT, window=0), dict(VIDEO_VIT, moves=[[]])),
    'laps vit': (
        dict(VIT, type='LAPSViT', leap_levels=(1, 2, None)),
        dict(
            VIT,
            type='VideoViT',
            moves=[[leap(1), P_SHIFT], [leap(2), P_SHIFT], [P_SHIFT]],
        ),
    ),
    'laps visformer': (
        dict(VISFORMER, type='LAPSVisformer', leap_levels=((1, 2), ('all',))),
        dict(
            VISFORMER,
            type='VideoVisformer',
            moves=([[leap(1), P_SHIFT], [leap(2), P_SHIFT]], [[leap('all'), P_SHIFT]]),
        ),
    ),
    'tps vit': (
        dict(VIT, type='TPSViT'),
        dict(VIT, type='VideoViT', moves=[[TPS_EVEN], [dict(type='PatchShift')]]),
    ),
    'tokshift': (
        dict(VIT, type='TokShiftViT'),
        dict(VIT, type='VideoViT', moves=[[shift('stream', div=4, tokens='class')]]),
    ),
}


def scrambled(config):
    model = MODELS.build(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.2 * torch.randn_like(parameter))
    return model.eval()


@pytest.mark.parametrize('case', CASES)
def test_a_method_is_its_host_with_moves(case):
    method, host = CASES[case]
    model = scrambled(method)
    other = MODELS.build(host).eval()
    other.load_state_dict(model.state_dict(), strict=True)
    size = model.img_size if case == 'laps visformer' else (16, 16)
    x = torch.randn(2, 3, 8, *size)
    assert torch.equal(model(x), other(x))
    still = MODELS.build(dict(host, moves=((), ()) if case == 'laps visformer' else ()))
    still.load_state_dict(model.state_dict(), strict=True)
    same = torch.equal(model(x), still.eval()(x))
    assert same is (case == 'xvit, no neighbours')


@pytest.mark.parametrize('options', [{}, dict(pre_norm=True, layer_scale_init_value=0.1)])
@torch.no_grad()
def test_vit_without_moves_is_the_image_model_on_every_frame(options):
    video = scrambled(dict(VIT, type='VideoViT', **options)).double()
    image = VisionTransformer(**VIT, **options).double()
    image.eval()
    image.load_state_dict(video.state_dict(), strict=True)
    x = torch.randn(2, 3, 5, 16, 16, dtype=torch.float64)
    expected = torch.stack([image(x[:, :, t])[0] for t in range(5)], dim=1)
    torch.testing.assert_close(video(x), expected, rtol=1e-10, atol=1e-10)


@torch.no_grad()
def test_visformer_without_moves_is_the_image_model_on_every_frame():
    video = scrambled(dict(type='VideoVisformer', arch='tiny', img_size=32)).double()
    image = timm.create_model('visformer_tiny', img_size=32, num_classes=0).double().eval()
    image.load_state_dict(video.state_dict(), strict=True)
    x = torch.randn(2, 3, 3, 32, 32, dtype=torch.float64)
    expected = torch.stack([image(x[:, :, t]) for t in range(3)], dim=1)
    torch.testing.assert_close(video(x), expected, rtol=1e-8, atol=1e-8)
