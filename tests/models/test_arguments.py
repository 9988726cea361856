"""Any valid arguments of a backbone or head give a correct forward pass."""

import logging
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mmpretrain.models import SwinTransformer, VisionTransformer
from timm.models.visformer import Visformer
from toy_models import backbones, of_image_model, parameters

from projects.xvit.models import (
    FrameAverageHead,
    TemporalAttentionHead,
    TimmVideoViT,
)

# Draw the same examples every time, so that results do not vary.
SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

flags = st.booleans()
rates = st.sampled_from([0, 0.0, 0.3, 0.9])


def vit_arch():
    keys = ('embed_dims', 'num_layers', 'num_heads', 'feedforward_channels')
    sizes = st.tuples(
        st.sampled_from([16, 24]),
        st.integers(1, 3),
        st.sampled_from([1, 2, 4]),
        st.sampled_from([1, 8, 20]),
    )
    return sizes.map(lambda values: dict(zip(keys, values)))


VIT = dict(
    arch=vit_arch(),
    img_size=st.sampled_from([16, 32, (16, 32), [32, 16]]),
    patch_size=st.sampled_from([8, 16]),
    with_cp=flags,
    drop_rate=rates,
    drop_path_rate=rates,
    qkv_bias=flags,
    final_norm=flags,
    pre_norm=flags,
    frozen_stages=st.sampled_from([-1, 0, 1]),
    interpolate_mode=st.sampled_from(['bicubic', 'bilinear']),
    layer_scale_init_value=st.sampled_from([0, 1e-5, 0.1]),
    norm_cfg=st.sampled_from([dict(type='LN'), dict(type='LN', eps=1e-6)]),
    layer_cfgs=st.sampled_from([{}, dict(qkv_bias=False)]),
    in_channels=st.just(3),
    init_cfg=st.none(),
)
VISFORMER = dict(
    arch=st.fixed_dictionaries(
        dict(
            embed_dim=st.sampled_from([16, 32]),
            init_channels=st.sampled_from([1, 8]),
            depth=st.sampled_from([(1, 1, 1), [1, 2, 1]]),
            num_heads=st.sampled_from([1, 2, 4]),
        )
    ),
    img_size=st.sampled_from([32, (32, 32)]),
    with_cp=flags,
    drop_path_rate=rates,
    pos_drop_rate=rates,
    proj_drop_rate=rates,
    attn_drop_rate=rates,
    init_cfg=st.none(),
)
SWIN = dict(
    arch=st.sampled_from(
        [
            dict(embed_dims=8, depths=[2], num_heads=[2]),
            dict(embed_dims=8, depths=(1, 2), num_heads=(1, 4)),
        ]
    ),
    img_size=st.sampled_from([32, (32, 40)]),
    patch_size=st.sampled_from([(2, 4, 4), [1, 4, 8], (4, 8, 4)]),
    window_size=st.sampled_from([1, 2]),
    with_cp=flags,
    pad_small_map=flags,
    drop_rate=rates,
    drop_path_rate=rates,
    frozen_stages=st.sampled_from([-1, 0]),
    norm_eval=flags,
    norm_cfg=st.just(dict(type='LN')),
    stage_cfgs=st.just({}),
    init_cfg=st.none(),
)
TIMM = dict(
    model_name=st.sampled_from(['vit_tiny_patch16_224', 'eva02_tiny_patch14_224']),
    embed_dim=st.sampled_from([16, 32]),
    depth=st.integers(1, 2),
    num_heads=st.sampled_from([1, 2]),
    img_size=st.sampled_from([32, (32, 32)]),
    patch_size=st.sampled_from([8, 16]),
    with_cp=flags,
    drop_path_rate=rates,
    proj_drop_rate=rates,
    pretrained=st.just(False),
    init_cfg=st.none(),
)
SPANS = st.sampled_from([None, 1, 2])
LEVELS = st.lists(st.sampled_from([None, 1, 2, 'all']), min_size=1, max_size=3)
MOSAICS = st.sampled_from(['official', 'bayer', [[0]], ((1, -2), (3, 0)), [[5, 0, -7]]])
MOVES = st.lists(
    st.lists(
        st.sampled_from(
            [
                dict(type='ChannelShift', at='keys_values'),
                dict(type='ChannelShift', at='output', offsets=(2,), edge='keep'),
                dict(type='PatchShift', pattern='bayer'),
                dict(type='ChannelShift', at='stream', span=2),
            ]
        ),
        max_size=2,
    ),
    max_size=3,
)
# The arguments that hosts and methods add to the image model's, by name, or by class and
# name. Arguments that are not listed keep their default.
ADDED = {
    'num_frames': st.sampled_from([4, 8]),
    'moves': MOVES,
    'temporal_embed_frames': st.sampled_from([0, 1, 8]),
    'interpolate_temporal_embed': flags,
    'window': st.integers(0, 2),
    'mix_targets': st.lists(st.sampled_from(['x', 'k', 'v'])),
    'mix_span': SPANS,
    'mix_per_head': flags,
    'summary_tokens': flags,
    'leap_levels': LEVELS,
    'shift_div': st.just(4),
    'shift_per_head': flags,
    'shift_pattern': MOSAICS,
    'channel_shift_div': st.sampled_from([0, 2]),
    'temporal_bias': st.sampled_from(['official', 'relative']),
    ('LAPSViT', 'shift_div'): st.sampled_from([0, 2, 4]),
    ('LAPSVisformer', 'shift_div'): st.sampled_from([0, 2, 4]),
    ('LAPSVisformer', 'leap_levels'): st.tuples(LEVELS, LEVELS),
    ('VideoVisformer', 'moves'): st.tuples(MOVES, MOVES),
}


@pytest.fixture(autouse=True, scope='module')
def quiet():
    """mmengine logs every parameter that it initializes."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@dataclass(repr=False)
class Subject:
    """A module, valid arguments for it, and inputs for the model that they build."""

    module: type
    arguments: dict
    required: tuple
    shape: st.SearchStrategy
    output: Callable

    def __repr__(self):
        return self.module.__name__


VIDEO_SHAPES = st.tuples(
    st.integers(1, 2),
    st.just(3),
    st.sampled_from([4, 8]),
    st.sampled_from([32]),
    st.sampled_from([32]),
)


def vit_tokens(model, arguments, x):
    return x.shape[0], x.shape[2], arguments['arch']['embed_dims']


def visformer_tokens(model, arguments, x):
    return x.shape[0], x.shape[2], 2 * arguments['arch']['embed_dim']


def timm_tokens(model, arguments, x):
    return x.shape[0], x.shape[2], arguments['embed_dim']


def scores(model, arguments, x):
    return x.shape[0], arguments['num_classes']


def swin_map(model, arguments, x):
    sides = [-(-x.shape[axis] // model.patch_size[axis - 2]) for axis in (3, 4)]
    for _ in arguments['arch']['depths'][1:]:
        sides = [-(-side // 2) for side in sides]
    channels = arguments['arch']['embed_dims'] * 2 ** (len(arguments['arch']['depths']) - 1)
    return x.shape[0], channels, x.shape[2] // model.patch_size[0], *sides


IMAGE_ARGUMENTS = {
    VisionTransformer: (VIT, vit_tokens),
    Visformer: (VISFORMER, visformer_tokens),
    SwinTransformer: (SWIN, swin_map),
    TimmVideoViT: (TIMM, timm_tokens),
}


def subject(backbone):
    """A backbone, with the arguments of its image model and its own."""
    arguments, output = of_image_model(IMAGE_ARGUMENTS, backbone)
    added = {}
    for name, parameter in parameters(backbone).items():
        if name not in arguments and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            known = ADDED.get((backbone.__name__, name), ADDED.get(name))
            added[name] = st.just(parameter.default) if known is None else known
    return Subject(backbone, arguments | added, tuple(added), VIDEO_SHAPES, output)


HEAD = dict(
    num_classes=st.integers(1, 9),
    in_channels=st.just(8),
    dropout_ratio=rates,
    loss_cls=st.just(dict(type='CrossEntropyLoss')),
    multi_class=flags,
    label_smooth_eps=rates,
    topk=st.sampled_from([1, (1, 5)]),
    average_clips=st.sampled_from([None, 'prob', 'score']),
    init_cfg=st.none(),
)
FEATURES = st.tuples(st.integers(1, 3), st.integers(1, 9), st.just(8))
SUBJECTS = [subject(backbone) for backbone in backbones()] + [
    Subject(
        TemporalAttentionHead,
        HEAD
        | dict(
            num_layers=st.integers(0, 2),
            num_heads=st.sampled_from([1, 2, 8]),
            hidden_channels=st.integers(1, 9),
        ),
        required=('num_classes', 'in_channels', 'num_heads'),
        shape=FEATURES,
        output=scores,
    ),
    Subject(
        FrameAverageHead,
        HEAD | dict(init_std=st.sampled_from([0.02, 1])),
        required=('num_classes', 'in_channels'),
        shape=FEATURES,
        output=scores,
    ),
]
# Without these, a model would have its full size.
SMALL = ('arch', 'img_size', 'patch_size', 'window_size', 'hidden_channels')
SMALL += ('model_name', 'embed_dim', 'depth', 'num_heads')


def draw_arguments(data, subject):
    """All arguments that are required or keep the model small, and some of the others."""
    return {
        name: data.draw(values, name)
        for name, values in subject.arguments.items()
        if name in subject.required or name in SMALL or data.draw(flags, f'{name}?')
    }


def run(subject, arguments, x):
    """Run in training and evaluation mode, and check shapes and values."""
    model = subject.module(**arguments)
    model.init_weights()
    expected = subject.output(model, arguments, x)
    for mode in (True, False):
        y = model.train(mode)(x)
        assert tuple(y.shape) == tuple(expected) and y.dtype == x.dtype
        assert y.isfinite().all()
    return model


@pytest.mark.parametrize('subject', SUBJECTS, ids=repr)
@settings(SETTINGS, max_examples=15)
@given(data=st.data())
def test_good_arguments_give_a_correct_forward_pass(subject, data):
    torch.manual_seed(0)
    shape = data.draw(subject.shape, 'shape')
    run(subject, draw_arguments(data, subject), torch.randn(shape))
