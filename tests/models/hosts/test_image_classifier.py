"""A classifier in an image checkpoint is left out, and the log says so."""

import logging

import pytest
import timm
import torch
from mmengine.logging import MMLogger

from projects.xvit.models import TimmVideoViT, VideoVisformer, VideoViT

VIT = dict(img_size=32, patch_size=8, embed_dim=32, depth=1, num_heads=2)
ARCH = dict(embed_dims=32, num_layers=1, num_heads=2, feedforward_channels=128)
VISFORMER = dict(embed_dim=16, init_channels=4, depth=(1, 1, 1), num_heads=2)
CASES = {
    'mmpretrain': ('vit_tiny_patch16_224', VIT, VideoViT(ARCH, 32, 8)),
    'timm': ('vit_tiny_patch16_224', VIT, TimmVideoViT('vit_tiny_patch16_224', **VIT)),
    'visformer': (
        'visformer_tiny',
        dict(VISFORMER, img_size=32),
        VideoVisformer(VISFORMER, 32),
    ),
}


@pytest.mark.parametrize(('name', 'options', 'host'), CASES.values(), ids=CASES)
def test_log_names_the_classifier(name, options, host, caplog):
    image = timm.create_model(name, num_classes=3, **options)
    logger = MMLogger.get_current_instance()
    logger.addHandler(caplog.handler)
    try:
        with caplog.at_level(logging.INFO, logger=logger.name):
            host.load_state_dict(image.state_dict())
            without = timm.create_model(name, num_classes=0, **options)
            host.load_state_dict(without.state_dict())
    finally:
        logger.removeHandler(caplog.handler)
    said = [r.getMessage() for r in caplog.records if 'classifier' in r.getMessage()]
    assert said == ['the image classifier is not loaded: head.weight, head.bias']
    own = dict(host.named_parameters())
    assert torch.equal(
        own['norm.weight' if 'norm.weight' in own else 'ln1.weight'], image.norm.weight
    )
