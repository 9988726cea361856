"""Every backbone that is registered here, at toy size; what comes to be registered too."""

import inspect

import torch
from mmaction.registry import MODELS
from mmpretrain.models import SwinTransformer, VisionTransformer
from timm.models.visformer import Visformer
from torch import nn

from projects.xvit.models import TimmVideoViT

HOSTS, METHODS = 'projects.xvit.models.hosts.', 'projects.xvit.models.methods.'
# All take clips of this shape.
CLIPS = (2, 3, 8, 32, 32)
# How the backbones of an image model are made small, by its class. A head has 8 channels,
# or more, as many as the channel shifts' largest default divides.
ARCHS = {
    VisionTransformer: dict(
        arch=dict(embed_dims=48, num_layers=2, num_heads=3, feedforward_channels=48)
    ),
    Visformer: dict(arch=dict(init_channels=8, embed_dim=32, depth=(1, 2, 2), num_heads=2)),
    SwinTransformer: dict(arch=dict(embed_dims=16, depths=[2, 2], num_heads=[2, 4])),
    TimmVideoViT: dict(embed_dim=48, depth=2, num_heads=3),
}
SIZES = {
    VisionTransformer: dict(patch_size=8),
    Visformer: {},
    SwinTransformer: dict(window_size=4),
    TimmVideoViT: dict(model_name='vit_tiny_patch16_224', patch_size=8),
}
CHANNELS = {VisionTransformer: 48, Visformer: 64, SwinTransformer: 32, TimmVideoViT: 48}
# What drops something in each of them.
DROPS = {
    VisionTransformer: dict(drop_rate=0.2, drop_path_rate=0.3),
    Visformer: dict(
        drop_path_rate=0.3, pos_drop_rate=0.2, proj_drop_rate=0.2, attn_drop_rate=0.2
    ),
    SwinTransformer: dict(drop_rate=0.2, drop_path_rate=0.3),
    TimmVideoViT: dict(drop_path_rate=0.3, proj_drop_rate=0.2, attn_drop_rate=0.2),
}


def backbones(packages: tuple[str, ...] = (HOSTS, METHODS)) -> list[type[nn.Module]]:
    """The classes of hosts and methods in the registry."""
    return [
        cls
        for _, cls in sorted(MODELS.module_dict.items())
        if cls.__module__.startswith(packages)
    ]


def methods() -> list[type[nn.Module]]:
    """The classes of methods in the registry."""
    return backbones((METHODS,))


def of_image_model(table: dict, backbone: type[nn.Module]):
    """What a table has for the image model that a backbone is made of."""
    for image_model, value in table.items():
        if issubclass(backbone, image_model):
            return value
    raise KeyError(f'{backbone.__name__} is of an image model that is not described here')


def toy(backbone: type[nn.Module], **options) -> nn.Module:
    """A backbone at toy size, its arguments but sizes those by default."""
    arguments = dict(img_size=CLIPS[-1], **of_image_model(ARCHS, backbone))
    arguments |= of_image_model(SIZES, backbone)
    if 'num_frames' in parameters(backbone):
        arguments['num_frames'] = CLIPS[2]
    return backbone(**arguments | options)


def parameters(backbone: type[nn.Module]) -> dict[str, inspect.Parameter]:
    """What it names itself; what it passes on is not there."""
    return dict(inspect.signature(backbone).parameters)


def has_moves(backbone: type[nn.Module]) -> bool:
    """Whether it is a host, which takes any moves."""
    return 'moves' in parameters(backbone)


def stir(model: nn.Module) -> None:
    """Weights far from their start, where zeros would hide what they are multiplied by."""
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
