"""The baselines compute what the image models compute on each frame."""

import pytest
import timm
import torch
from mmpretrain.models import VisionTransformer
from mmpretrain.models.utils import WindowMSA

from projects.xvit.benchmark.image_models import (
    FusedWindowMSA,
    ImageSwin,
    ImageVisformer,
    ImageViT,
)
from projects.xvit.models import TPSSwin, XViT

VIT = dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=32)
SWIN = dict(embed_dims=8, depths=[2, 2], num_heads=[2, 4])


@torch.no_grad()
def test_vit_is_mmpretrains_and_xvit_without_its_move():
    baseline = ImageViT(VIT, img_size=32).double().eval()
    baseline.image.init_weights()
    clips = torch.randn(2, 3, 4, 32, 32, dtype=torch.float64)
    features = baseline(clips)
    weights = baseline.image.state_dict()

    image = VisionTransformer(VIT, 32, 16).double()
    image.eval()  # Returns nothing.
    image.load_state_dict(weights)
    for t in range(4):
        torch.testing.assert_close(features[:, t], image(clips[:, :, t])[0])

    still = XViT(VIT, img_size=32, num_frames=4, window=0).double().eval()
    still.load_state_dict(weights | {'temporal_embed': torch.zeros(1, 4, 1, 16)})
    torch.testing.assert_close(features, still(clips))


def test_visformer_is_timms():
    baseline = ImageVisformer('visformer_tiny', img_size=32).double().eval()
    image = timm.create_model('visformer_tiny', img_size=32, num_classes=0).double().eval()
    image.load_state_dict(baseline.image.state_dict())
    for block in (*image.stage2, *image.stage3):
        block.attn.fused_attn = False
    clips = torch.randn(1, 3, 2, 32, 32, dtype=torch.float64)
    torch.testing.assert_close(baseline(clips)[0], image(clips[0].transpose(0, 1)))


@pytest.mark.parametrize('masked', [False, True])
@torch.no_grad()
def test_window_attention_is_mmpretrains(masked):
    image, fused = WindowMSA(8, (3, 3), 2).double(), FusedWindowMSA(8, (3, 3), 2).double()
    for parameter in image.parameters():
        torch.nn.init.normal_(parameter)
    fused.load_state_dict(image.state_dict())
    x = torch.randn(2 * 4, 9, 8, dtype=torch.float64)
    mask = torch.randn(4, 9, 9, dtype=torch.float64) if masked else None
    torch.testing.assert_close(fused(x, mask), image(x, mask))


@torch.no_grad()
def test_swin_is_tps_without_its_moves():
    baseline = ImageSwin(SWIN, img_size=56).double().eval()
    for parameter in baseline.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    still = TPSSwin(
        SWIN, 56, num_frames=4, shift_pattern=((0,),), channel_shift_div=0
    ).double()
    still.eval().load_state_dict(baseline.image.state_dict())
    clips = torch.randn(2, 3, 4, 56, 56, dtype=torch.float64)
    torch.testing.assert_close(baseline(clips), still(clips))
