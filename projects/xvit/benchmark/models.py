"""The models to compare, by name or by config."""

import inspect
import re
from pathlib import Path

import timm
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..analysis import without_weights
from ..models import hosts, methods


def _methods() -> dict[str, dict]:
    """Hosts and methods of the registry that have a default arch: `laps-vit-b`: LAPSViT."""
    found = {}
    for name, cls in sorted(MODELS.module_dict.items()):
        arch = inspect.signature(cls).parameters.get('arch')
        if cls.__module__.startswith((hosts.__name__, methods.__name__)) and arch:
            hyphened = re.sub(r'(?<=\w\w)(ViT|Visformer|Swin)$', r'-\1', name).lower()
            found[f'{hyphened}-{arch.default[0]}'] = dict(type=name)
    return found


# The image models that the methods are compared with, see `ImageModel`.
IMAGE = {
    'vit-b': dict(name='vit_base_patch16_224'),
    'swin-t': dict(name='swin_tiny_patch4_window7_224', frames=2),
    'visformer-s': dict(name='visformer_small'),
}
# This project's backbones, and some with other arguments. "still": without moves along
# time. "with-cp": with activation checkpointing.
METHODS = _methods() | {
    'xvit-b-still': dict(type='XViT', window=0),
    'xvit-b-with-cp': dict(type='XViT', with_cp=True),
    'laps-vit-b-still': dict(type='LAPSViT', leap_levels=(None,), shift_div=0),
    'tps-swin-t-still': dict(type='TPSSwin', shift_pattern=((0,),), channel_shift_div=0),
}
# MMAction2's video transformers, in its own configs for Kinetics-400.
MMACTION = {
    'timesformer-b': 'timesformer/timesformer_divST_8xb8-8x32x1-15e',
    'videoswin-t': 'swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e',
    'mvitv2-s': 'mvit/mvit-small-p244_32xb16-16x4x1-200e',
    'mvitv2-b': 'mvit/mvit-base-p244_32x3x1',
    'uniformerv2-b': 'uniformerv2/uniformerv2-base-p16-res224_clip_8xb32-u8',
}
NAMES = (*IMAGE, *METHODS, *MMACTION)
# The backbones' arguments for the length of a clip and the side of a frame.
LENGTHS = ('num_frames', 'temporal_size', 't_size')
SIDES = ('img_size', 'spatial_size', 'input_resolution')


def build_backbone(name: str, num_frames: int, side: int) -> nn.Module:
    """A backbone for clips ``(N, 3, num_frames, side, side)``, with random weights.

    Args:
        name (str): One of ``NAMES``, or the path of a config with a backbone.
        num_frames (int): Frames T of a clip.
        side (int): Height and width of a frame in pixels.

    Raises:
        FileNotFoundError: If the name is neither known nor a file.
        ValueError: If the config has no backbone, or the backbone refuses such clips.
    """
    init_default_scope('mmaction')
    if name in IMAGE:
        return ImageModel(**IMAGE[name], img_size=side)
    backbone = without_weights(_backbone_config(name))
    parameters = inspect.signature(MODELS.get(backbone['type'])).parameters
    sizes = dict.fromkeys(LENGTHS, num_frames) | dict.fromkeys(SIDES, side)
    return MODELS.build(backbone | {k: v for k, v in sizes.items() if k in parameters})


def _backbone_config(name: str) -> dict:
    if name in METHODS:
        return METHODS[name]
    if name in MMACTION:
        config = f'mmaction::recognition/{MMACTION[name]}_kinetics400-rgb.py'
        return get_config(config).model.backbone
    if not Path(name).is_file():
        raise FileNotFoundError(
            f'{name!r} is neither a config file nor one of {", ".join(NAMES)}'
        )
    backbone = Config.fromfile(name).get('model', {}).get('backbone')
    if backbone is None:
        raise ValueError(f'{name} has no model.backbone')
    return backbone


class ImageModel(nn.Module):
    """One of timm's image models on each frame by itself, with fused attention.

    Args:
        name (str): The model's name in timm.
        img_size (int): Side of a frame in pixels.
        frames (int): Frames that the patch embedding takes together, as channels. With 2,
            it equals the ``(2, 4, 4)`` convolution of video Swins.
        **kwargs: Other arguments of the model.
    """

    def __init__(self, name: str, img_size: int = 224, frames: int = 1, **kwargs):
        super().__init__()
        self.frames = frames
        self.image = timm.create_model(
            name, img_size=img_size, in_chans=3 * frames, num_classes=0, **kwargs
        )
        # Some of timm's models leave it off by default.
        for module in self.image.modules():
            if hasattr(module, 'fused_attn'):
                module.fused_attn = True

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, T, H, W)`` -> ``(N, T / frames, C)``, the pooled features."""
        x = x.unflatten(2, (-1, self.frames)).transpose(1, 2)
        return self.image(x.flatten(2, 3).flatten(0, 1)).unflatten(0, x.shape[:2])
