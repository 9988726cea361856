"""The models to compare, by name or by config."""

import inspect
import re
from functools import partial
from pathlib import Path

from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.hub import get_config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from ..analysis import without_weights
from ..models import hosts, methods
from ..streaming import Stream
from .image_models import ImageSwin, ImageVisformer, ImageViT


def _methods() -> dict[str, dict]:
    """Hosts and methods of the registry that have a default arch: `laps-vit-b`: LAPSViT."""
    found = {}
    for name, cls in sorted(MODELS.module_dict.items()):
        arch = inspect.signature(cls).parameters.get('arch')
        if cls.__module__.startswith((hosts.__name__, methods.__name__)) and arch:
            hyphened = re.sub(r'(?<=\w\w)(ViT|Visformer|Swin)$', r'-\1', name).lower()
            found[f'{hyphened}-{arch.default[0]}'] = dict(type=name)
    return found


# The image models that the methods are compared with.
IMAGE = {
    'vit-b': ImageViT,
    'swin-t': ImageSwin,
    'swin-b': partial(ImageSwin, 'base'),
    'visformer-s': ImageVisformer,
}
# CLIP's ViT-B/16 with whole heads of keys and values from the neighbouring frames.
CLIP = dict(
    type='TimmVideoViT',
    model_name='vit_base_patch16_clip_224',
    moves=[[dict(type='ChannelShift', at='keys_values', div='heads', edge='keep')]],
    temporal_embed_frames=8,
)
LORA = dict(
    type='LoraConfig',
    r=16,
    target_modules=['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'],
)

# This project's backbones, and some with other arguments. "still": without moves along
# time. "with-cp": with activation checkpointing. "lora": frozen, with adapters.
METHODS = _methods() | {
    'xvit-b-still': dict(type='XViT', window=0),
    'xvit-b-with-cp': dict(type='XViT', with_cp=True),
    'laps-vit-b-still': dict(type='LAPSViT', leap_levels=(None,), shift_div=0),
    'clip-b': CLIP,
    'clip-b-with-cp': CLIP | dict(with_cp=True),
    'clip-b-lora': dict(type='PeftBackbone', backbone=CLIP, peft=LORA),
    'clip-b-lora-with-cp': dict(
        type='PeftBackbone', backbone=CLIP | dict(with_cp=True), peft=LORA
    ),
    'tps-swin-b': dict(type='TPSSwin', arch='base'),
    'tps-swin-t-still': dict(type='TPSSwin', shift_pattern=((0,),), channel_shift_div=0),
}
# MMAction2's video transformers, in its own configs for Kinetics-400.
MMACTION = {
    'timesformer-b': 'timesformer/timesformer_divST_8xb8-8x32x1-15e',
    'videoswin-t': 'swin/swin-tiny-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e',
    'videoswin-b': 'swin/swin-base-p244-w877_in1k-pre_8xb8-amp-32x2x1-30e',
    'mvitv2-s': 'mvit/mvit-small-p244_32xb16-16x4x1-200e',
    'mvitv2-b': 'mvit/mvit-base-p244_32x3x1',
    'uniformerv2-b': 'uniformerv2/uniformerv2-base-p16-res224_clip_8xb32-u8',
}
# Methods as a stream, which computes only the last frame of a clip, see `NewestFrame`.
STREAMS = {'xvit-b-stream': 'xvit-b'}
NAMES = (*IMAGE, *METHODS, *STREAMS, *MMACTION)
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
        return IMAGE[name](img_size=side)
    if name in STREAMS:
        return NewestFrame(build_backbone(STREAMS[name], num_frames, side))
    backbone = without_weights(_backbone_config(name))
    sizes = dict.fromkeys(LENGTHS, num_frames) | dict.fromkeys(SIDES, side)
    return MODELS.build(_sized(backbone, sizes))


def _sized(backbone: dict, sizes: dict[str, int]) -> dict:
    """The config with the sizes that its backbone, or the one inside, has arguments for."""
    if 'backbone' in backbone:
        return backbone | dict(backbone=_sized(backbone['backbone'], sizes))
    parameters = inspect.signature(MODELS.get(backbone['type'])).parameters
    return backbone | {k: v for k, v in sizes.items() if k in parameters}


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


class NewestFrame(nn.Module):
    """A stream at its next frame, the last of a clip: the cost of a camera's new frame."""

    def __init__(self, backbone: nn.Module) -> None:
        super().__init__()
        self.backbone, self.stream = backbone, None

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, T, H, W)`` -> ``(N, 1, C)``, or ``(N, 0, C)`` for the first frames."""
        if self.stream is None:
            self.stream = Stream(self.backbone)
        return self.stream.step(x[:, :, -1:])
