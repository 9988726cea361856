"""Any arguments and any input: a correct forward pass, or an error that names them."""

import inspect
import logging
from dataclasses import dataclass, field

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projects.xvit.models import (
    FrameAverageHead,
    LAPSVisformer,
    LAPSViT,
    TemporalAttentionHead,
    TPSSwin,
    TPSViT,
    XViT,
)

# The same examples each time, so that what passes here passes everywhere.
SETTINGS = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)

flags = st.booleans()
rates = st.sampled_from([0, 0.0, 0.3, 0.9])
JUNK = st.sampled_from(
    [
        *(None, '', 'junk', True, b'16', object(), print, {}, dict(stranger=1), set()),
        *(-1, 0, 1, 2, 3, 7, 40, 2**70, -0.5, 0.5, 1.5, 1.0, 2.0, 1j),
        *(float('nan'), float('inf'), np.int64(2), np.float32(0.5), np.array([2, 2])),
        *([], (), [1], (2, 2), (16, 16, 16), [[1]], [[0, 1], [2]], [['k']], ['k', 'q']),
        *([None], [[2**70]], [0.5, 16], ['all'], [-1, -1], torch.zeros(2), 'all'),
    ]
)


def vit_arch():
    keys = ('embed_dims', 'num_layers', 'num_heads', 'feedforward_channels')
    sizes = st.tuples(
        st.sampled_from([8, 16, 24]),
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
SPANS = st.sampled_from([None, 1, 2])
LEVELS = st.lists(st.sampled_from([None, 1, 2, 'all']), min_size=1, max_size=3)
MOSAICS = st.sampled_from(['official', 'bayer', [[0]], ((1, -2), (3, 0)), [[5, 0, -7]]])


@pytest.fixture(autouse=True, scope='module')
def quiet():
    """mmengine logs every parameter that it initializes."""
    logging.disable()
    yield
    logging.disable(logging.NOTSET)


@dataclass(repr=False)
class Subject:
    """A module, arguments that it must take, and inputs for what was built with them."""

    module: type
    arguments: dict
    required: tuple = ()
    shape: st.SearchStrategy = field(default_factory=lambda: VIDEO_SHAPES)
    output: callable = None
    names: tuple = ('the input', 'the features', 'frames', 'pixels')

    def __repr__(self):
        return self.module.__name__


VIDEO_SHAPES = st.tuples(
    st.integers(1, 2),
    st.just(3),
    st.sampled_from([4, 8]),
    st.sampled_from([32]),
    st.sampled_from([32]),
)


def per_frame(model, arguments, x):
    return x.shape[0], x.shape[2], arguments['arch']['embed_dims']


def scores(model, arguments, x):
    return x.shape[0], arguments['num_classes']


def swin_map(model, arguments, x):
    sides = [-(-x.shape[axis] // model.patch_size[axis - 2]) for axis in (3, 4)]
    for _ in arguments['arch']['depths'][1:]:
        sides = [-(-side // 2) for side in sides]
    channels = arguments['arch']['embed_dims'] * 2 ** (len(arguments['arch']['depths']) - 1)
    return x.shape[0], channels, x.shape[2] // model.patch_size[0], *sides


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
SUBJECTS = [
    Subject(
        XViT,
        VIT
        | dict(
            num_frames=st.sampled_from([2, 4, 8]),
            window=st.integers(0, 2),
            shift_div=st.integers(4, 8),
            mix_targets=st.lists(st.sampled_from(['x', 'k', 'v'])),
            mix_span=SPANS,
            mix_per_head=st.just(False),
            summary_tokens=flags,
            temporal_embed_frames=st.sampled_from([None, 0, 1, 8]),
            interpolate_temporal_embed=flags,
        ),
        output=per_frame,
    ),
    Subject(
        LAPSViT,
        VIT
        | dict(
            num_frames=st.sampled_from([4, 8]),
            leap_levels=LEVELS,
            shift_div=st.sampled_from([0, 2]),
            shift_per_head=flags,
        ),
        required=('leap_levels',),
        output=per_frame,
    ),
    Subject(
        TPSViT,
        VIT | dict(shift_pattern=MOSAICS, channel_shift_div=st.sampled_from([0, 2])),
        output=per_frame,
    ),
    Subject(
        LAPSVisformer,
        dict(
            arch=st.fixed_dictionaries(
                dict(
                    embed_dim=st.sampled_from([16, 32]),
                    init_channels=st.sampled_from([1, 8]),
                    depth=st.sampled_from([(1, 1, 1), [1, 2, 1]]),
                    num_heads=st.sampled_from([1, 2, 4]),
                )
            ),
            img_size=st.sampled_from([32, (32, 32)]),
            num_frames=st.sampled_from([4, 8]),
            leap_levels=st.tuples(LEVELS, LEVELS),
            shift_div=st.sampled_from([0, 2]),
            shift_per_head=flags,
            with_cp=flags,
            drop_path_rate=rates,
            pos_drop_rate=rates,
            proj_drop_rate=rates,
            attn_drop_rate=rates,
            init_cfg=st.none(),
        ),
        required=('arch', 'leap_levels'),
        output=lambda model, arguments, x: (
            x.shape[0],
            x.shape[2],
            2 * arguments['arch']['embed_dim'],
        ),
    ),
    Subject(
        TPSSwin,
        dict(
            arch=st.sampled_from(
                [
                    dict(embed_dims=8, depths=[2], num_heads=[2]),
                    dict(embed_dims=8, depths=(1, 2), num_heads=(1, 4)),
                ]
            ),
            img_size=st.sampled_from([32, (32, 40)]),
            num_frames=st.sampled_from([4, 8]),
            patch_size=st.sampled_from([(2, 4, 4), [1, 4, 8], (4, 8, 4)]),
            window_size=st.sampled_from([1, 2]),
            shift_pattern=MOSAICS,
            channel_shift_div=st.sampled_from([0, 2, 4]),
            temporal_bias=st.sampled_from(['official', 'relative']),
            with_cp=flags,
            pad_small_map=flags,
            drop_rate=rates,
            drop_path_rate=rates,
            frozen_stages=st.sampled_from([-1, 0]),
            norm_eval=flags,
            norm_cfg=st.just(dict(type='LN')),
            stage_cfgs=st.just({}),
            init_cfg=st.none(),
        ),
        required=('arch', 'window_size', 'num_frames'),
        output=swin_map,
    ),
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
# Without these a model would be of its full size.
SMALL = ('arch', 'img_size', 'patch_size', 'hidden_channels')


def draw_arguments(data, subject):
    """All that are required or keep the model small, and some of the others."""
    arguments = {}
    for name, values in subject.arguments.items():
        if name in subject.required or name in SMALL or data.draw(flags, f'{name}?'):
            arguments[name] = data.draw(values, name)
    if 'arch' in arguments and 'embed_dims' in arguments['arch']:
        # What the default of 8 would leave no channels.
        arguments.setdefault('channel_shift_div', 2)
    if subject.module is not TPSViT and subject.module is not TPSSwin:
        arguments.pop('channel_shift_div', None)
    if 'shift_div' in subject.arguments:
        arguments.setdefault('shift_div', data.draw(subject.arguments['shift_div']))
    return arguments


def run(subject, arguments, x):
    """Forward in training and in evaluation, backward once; shapes and numbers checked."""
    model = subject.module(**arguments)
    model.init_weights()
    expected = subject.output(model, arguments, x)
    for mode in (True, False):
        y = model.train(mode)(x)
        assert tuple(y.shape) == tuple(expected) and y.dtype == x.dtype
        assert y.isfinite().all()
    return model


def named(error, names):
    return any(name in str(error) for name in names)


@pytest.mark.parametrize('subject', SUBJECTS, ids=repr)
@settings(SETTINGS, max_examples=15)
@given(data=st.data())
def test_good_arguments_give_a_correct_forward_pass(subject, data):
    torch.manual_seed(0)
    shape = data.draw(subject.shape, 'shape')
    run(subject, draw_arguments(data, subject), torch.randn(shape))


@pytest.mark.parametrize('subject', SUBJECTS, ids=repr)
@settings(SETTINGS, max_examples=60)
@given(data=st.data())
def test_any_argument_runs_or_is_named(subject, data):
    torch.manual_seed(0)
    arguments = draw_arguments(data, subject)
    strange = data.draw(st.sampled_from(sorted(subject.arguments)), 'strange')
    within = arguments.get(strange)
    if strange == 'arch' and isinstance(within, dict) and data.draw(flags):
        key = data.draw(st.sampled_from(sorted(within)))
        arguments[strange] = within | {key: data.draw(JUNK)}
    elif isinstance(within, (list, tuple)) and within and data.draw(flags):
        within = list(within)
        within[data.draw(st.integers(0, len(within) - 1))] = data.draw(JUNK)
        arguments[strange] = within
    else:
        arguments[strange] = data.draw(JUNK)
    shape = data.draw(subject.shape, 'shape')
    try:
        run(subject, arguments, torch.randn(shape))
    except (TypeError, ValueError) as error:
        arch = arguments.get('arch')
        keys = arch if isinstance(arch, dict) else ()
        assert named(error, (*arguments, *keys, *subject.names, 'stranger')), error


@pytest.mark.parametrize('subject', SUBJECTS, ids=repr)
@settings(SETTINGS, max_examples=40)
@given(data=st.data())
def test_any_input_runs_or_is_named(subject, data):
    torch.manual_seed(0)
    model = built(subject)
    shape = list(data.draw(subject.shape, 'shape'))
    for _ in range(data.draw(st.integers(0, 2))):
        axis = data.draw(st.integers(0, len(shape) - 1))
        shape[axis] = data.draw(st.sampled_from([0, 1, 2, 3, 5, 6, 8, 17, 33, 48]))
    if data.draw(st.integers(0, 4)) == 0:
        shape = data.draw(st.lists(st.integers(0, 8), max_size=6))
    dtypes = [torch.float32] * 4 + [torch.float64, torch.float16, torch.bfloat16]
    dtypes += [torch.uint8, torch.int64, torch.bool, torch.complex64]
    x = torch.ones(shape, dtype=data.draw(st.sampled_from(dtypes), 'dtype'))
    x = data.draw(st.sampled_from([x] * 6 + [None, x.tolist(), x.to('meta').is_meta]))
    try:
        with torch.no_grad():
            y = model(x)
        assert y.isfinite().all() and y.dtype == torch.float32 and len(y) == len(x)
    except (TypeError, ValueError) as error:
        assert named(error, subject.names), error


BUILT = {}


def built(subject):
    """The module with plain arguments, built once."""
    if subject.module not in BUILT:
        plain = dict(arch=dict(ARCHS[subject.module])) if subject.module in ARCHS else {}
        plain |= {
            name: value
            for name, value in PLAIN.items()
            if name in inspect.signature(subject.module).parameters
        }
        BUILT[subject.module] = subject.module(**plain).eval()
    return BUILT[subject.module]


VIT_ARCH = dict(embed_dims=16, num_layers=2, num_heads=2, feedforward_channels=8)
ARCHS = {
    **dict.fromkeys((XViT, LAPSViT, TPSViT), VIT_ARCH),
    LAPSVisformer: dict(init_channels=4, embed_dim=16, depth=(1, 1, 1), num_heads=2),
    TPSSwin: dict(embed_dims=8, depths=(1, 2), num_heads=(1, 2)),
}
PLAIN = dict(
    img_size=32,
    window_size=2,
    num_frames=8,
    channel_shift_div=2,
    num_classes=5,
    in_channels=8,
    num_heads=2,
)
