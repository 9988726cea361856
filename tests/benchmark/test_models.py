"""The baselines are timm's models on each frame, and the methods without their moves."""

import pytest
import timm
import torch
from toy_models import backbones, parameters

from projects.xvit.benchmark.models import METHODS, ImageModel
from projects.xvit.checkpoints import convert_swin, convert_timm_vit
from projects.xvit.models import TPSSwin, XViT

VIT = dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32)
TIMM_VIT = dict(embed_dim=16, depth=2, num_heads=2, mlp_ratio=2)
SWIN = dict(embed_dims=8, depths=[2, 2], num_heads=[2, 4])
TIMM_SWIN = dict(embed_dim=8, depths=[2, 2], num_heads=[2, 4])


def test_every_backbone_that_has_an_arch_by_default_has_a_name():
    named = {config['type'] for config in METHODS.values() if len(config) == 1}
    assert named == {cls.__name__ for cls in backbones() if 'arch' in parameters(cls)}


@pytest.mark.parametrize('name', ['vit_tiny_patch16_224', 'visformer_tiny'])
@torch.no_grad()
def test_each_frame_is_timms(name):
    baseline = ImageModel(name, img_size=32).double().eval()
    image = timm.create_model(name, img_size=32, num_classes=0).double().eval()
    image.load_state_dict(baseline.image.state_dict())
    for module in image.modules():
        if hasattr(module, 'fused_attn'):
            module.fused_attn = False
    clips = torch.randn(2, 3, 4, 32, 32, dtype=torch.float64)
    features = baseline(clips)
    for t in range(4):
        torch.testing.assert_close(features[:, t], image(clips[:, :, t]))


@torch.no_grad()
def test_vit_is_xvit_without_its_move():
    baseline = ImageModel('vit_tiny_patch16_224', 32, **TIMM_VIT).double().eval()
    still = XViT(VIT, img_size=32, num_frames=4, window=0).double().eval()
    weights = convert_timm_vit(baseline.image.state_dict())
    still.load_state_dict(weights | {'temporal_embed': torch.zeros(1, 4, 1, 16)})
    clips = torch.randn(2, 3, 4, 32, 32, dtype=torch.float64)
    torch.testing.assert_close(baseline(clips), still(clips))


@torch.no_grad()
def test_swin_is_tps_without_its_moves():
    name = 'swin_tiny_patch4_window7_224'
    baseline = ImageModel(name, 56, frames=2, **TIMM_SWIN).double().eval()
    for parameter in baseline.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    still = TPSSwin(
        SWIN, 56, num_frames=4, shift_pattern=((0,),), channel_shift_div=0
    ).double()
    # timm merges patches at the start of a stage, Microsoft's code at an end.
    weights = convert_swin(
        {
            key.replace('layers.1.downsample', 'layers.0.downsample'): value
            for key, value in baseline.image.state_dict().items()
        }
    )
    kernel = weights['patch_embed.projection.weight']
    weights['patch_embed.projection.weight'] = kernel.unflatten(1, (3, 2))
    still.eval().load_state_dict(weights)
    clips = torch.randn(2, 3, 4, 56, 56, dtype=torch.float64)
    torch.testing.assert_close(baseline(clips), still(clips).mean((-2, -1)).transpose(1, 2))
