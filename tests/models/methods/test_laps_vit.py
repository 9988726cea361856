from pathlib import Path

import pytest
import torch
from mmengine.analysis import get_model_complexity_info
from mmpretrain.models import VisionTransformer
from torch import nn

from projects.xvit.checkpoints import convert_laps_vit
from projects.xvit.models import FrameAverageHead, LAPSViT

ARCH = dict(embed_dims=16, num_layers=4, num_heads=2, feedforward_channels=32)
SPATIAL = dict(leap_levels=(None,), shift_div=0)


def toy(**kwargs):
    return LAPSViT(**(dict(arch=ARCH, img_size=32) | kwargs)).eval()


def error(out, expected):
    return ((out - expected).norm() / expected.norm()).item()


def test_equals_the_authors_model():
    file = Path(__file__).parents[2] / 'data/laps_vit_clip8.pt'
    reference = torch.load(file, weights_only=True)
    hparams = reference['hparams']
    recognizer = nn.Module()
    recognizer.backbone = LAPSViT(
        {key: hparams[key] for key in ARCH},
        img_size=hparams['img_size'],
        patch_size=hparams['patch_size'],
        num_frames=hparams['num_frames'],
        leap_levels=hparams['levels'],
        shift_div=hparams['fold_div'],
    )
    recognizer.cls_head = FrameAverageHead(hparams['num_classes'], hparams['embed_dims'])
    weights = convert_laps_vit(reference['checkpoint']['state_dict'])
    recognizer.eval().load_state_dict(weights, strict=True)
    with torch.no_grad():
        features = recognizer.backbone(reference['video'] / 64)
        logits = recognizer.cls_head(features)
    assert error(features, reference['features']) < 1e-5
    assert error(logits, reference['logits']) < 1e-5


def test_spatial_only_is_the_image_model():
    image = VisionTransformer(ARCH, 32, 16, out_type='cls_token')
    image.eval()
    model = toy(**SPATIAL)
    model.load_state_dict(image.state_dict(), strict=True)
    x = torch.randn(2, 3, 4, 32, 32)
    frames = torch.stack([image(x[:, :, t])[0] for t in range(4)], dim=1)
    torch.testing.assert_close(model(x), frames, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ('kwargs', 'reach'),
    [
        (SPATIAL, {3}),
        (dict(leap_levels=(None,)), {2, 3, 4}),
        (dict(leap_levels=(None,), shift_per_head=False), {2, 3, 4}),
        (dict(leap_levels=(1,), shift_div=0), {3, 7}),
        (dict(leap_levels=(2,), shift_div=0), {1, 3}),
        (dict(leap_levels=(3,), shift_div=0), {2, 3}),
        (dict(leap_levels=('all',), shift_div=0), set(range(8))),
        # Frames 2, 3, 4 and their partners at a leap of 4.
        (dict(leap_levels=(1,)), {0, 2, 3, 4, 6, 7}),
    ],
    ids=str,
)
def test_reach_of_a_single_layer(kwargs, reach):
    """The frames that frame 3's feature depends on."""
    model = toy(arch=ARCH | dict(num_layers=1), **kwargs)
    x = torch.randn(1, 3, 8, 32, 32, requires_grad=True)
    (model(x)[0, 3] @ torch.randn(16)).backward()
    grads = x.grad.abs().sum(dim=(0, 1, 3, 4))
    assert set(grads.nonzero().flatten().tolist()) == reach


@pytest.mark.parametrize('num_frames', [8, 16, 24])
def test_any_clip_length_that_the_levels_allow(num_frames):
    model = toy()
    x = torch.randn(2, 3, num_frames, 32, 32)
    together = model(x)
    assert together.shape == (2, num_frames, 16)
    apart = torch.cat([model(clip[None]) for clip in x])
    torch.testing.assert_close(together, apart, rtol=0, atol=1e-6)


def test_other_image_size():
    assert toy()(torch.randn(1, 3, 8, 48, 64)).shape == (1, 8, 16)


def test_lower_and_higher_precision():
    model = toy()
    x = torch.randn(1, 3, 8, 32, 32)
    expected = model(x)
    with torch.autocast('cpu', torch.bfloat16):
        assert error(model(x).float(), expected) < 2e-2
    assert error(expected.double(), model.double()(x.double())) < 1e-6


def test_no_new_parameters():
    image = VisionTransformer(ARCH, 32, 16)
    assert {n: p.shape for n, p in toy().named_parameters()} == {
        n: p.shape for n, p in image.named_parameters()
    }


def test_leaping_costs_its_attention():
    """Pairing doubles the keys: one more (S x S x C) product for q k^T and one for v."""
    flops = {}
    for name, kwargs in (('spatial', SPATIAL), ('laps', {})):
        info = get_model_complexity_info(
            toy(**kwargs), (3, 8, 32, 32), show_table=False, show_arch=False
        )
        flops[name] = info['flops']
    tokens, layers = 5, 4
    assert flops['laps'] - flops['spatial'] == 8 * layers * 2 * tokens**2 * 16


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(num_frames=6), r'2 \*\* level = 4 for leap level 2, got 6'),
        (dict(num_frames=4), r'2 \*\* level = 8 for leap level 3, got 4'),
        (dict(leap_levels=(1, 0)), 'leap level must be an integer of at least 1.*got 0'),
        (dict(leap_levels=()), r'leap_levels must have at least one level, got \(\)'),
        (dict(leap_levels='all'), "leap level must be an integer .* got 'a'"),
        (dict(leap_levels=((1, 2), (3, 1))), r'leap level must be .* got \(1, 2\)'),
        (dict(shift_div=9), r'div must be from 2 .* to 8 \(.* of a head\), got 9'),
    ],
)
def test_bad_arguments_are_named(kwargs, message):
    with pytest.raises(ValueError, match=message):
        toy(**kwargs)


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((1, 3, 12, 32, 32), r'2 \*\* level = 8 for leap level 3, got 12'),
        ((1, 3, 0, 32, 32), r'no empty axis, got \(1, 3, 0, 32, 32\)'),
        ((1, 3, 8, 32, 40), 'multiples of patch_size=16, got 32 x 40'),
        ((1, 8, 3, 32, 32), r'must be \(N, 3, T, H, W\)'),
    ],
)
def test_bad_input_is_named(shape, message):
    with pytest.raises(ValueError, match=message):
        toy()(torch.zeros(shape))
