import pytest
import timm
import torch
from mmengine.analysis import get_model_complexity_info
from torch import nn

from projects.xvit.models import FrameAverageHead, LAPSVisformer, Leap

ARCH = dict(init_channels=4, embed_dim=16, depth=(1, 2, 2), num_heads=2)
LEVELS = ((1, 2), (3, 1))
SPATIAL = dict(leap_levels=((None,), (None,)), shift_div=0)
BASE_3D = dict(leap_levels=(('all',), ('all',)), shift_div=0)


def toy(**kwargs):
    return LAPSVisformer(
        **(dict(arch=ARCH, img_size=64, leap_levels=LEVELS) | kwargs)
    ).eval()


def error(out, expected):
    return ((out - expected).norm() / expected.norm()).item()


@pytest.mark.parametrize('name', ['tiny', 'small'])
def test_parameters_are_timms(name):
    image = timm.create_model(f'visformer_{name}', num_classes=0)
    with torch.device('meta'):
        model = LAPSVisformer(name)
    assert [(n, v.shape) for n, v in model.state_dict().items()] == [
        (n, v.shape) for n, v in image.state_dict().items()
    ]


@pytest.mark.parametrize('size', [64, (64, 96)])
def test_spatial_only_is_timms_model(size):
    image = timm.create_model('visformer_tiny', img_size=size, num_classes=0)
    model = toy(arch='tiny', img_size=size, **SPATIAL).double()
    image.eval().double().load_state_dict(model.state_dict(), strict=True)
    x = torch.randn(2, 3, 2, *model.img_size, dtype=torch.float64)
    with torch.no_grad():
        frames = torch.stack([image(x[:, :, t]) for t in range(2)], dim=1)
        assert error(model(x), frames) < 1e-10


def test_stages_use_their_own_levels():
    model = toy(arch=ARCH | dict(depth=(1, 3, 2)), leap_levels=((1, 2), (3, None)))
    levels = [
        [
            move.level
            for block in stage
            for move in block.attn.moves
            if isinstance(move, Leap)
        ]
        for stage in (model.stage2, model.stage3)
    ]
    assert levels == [[1, 2, 1], [3]]
    assert all(block.attn is None for block in model.stage1)


@pytest.mark.parametrize(
    ('kwargs', 'reach'),
    [
        (SPATIAL, {3}),
        (BASE_3D, set(range(8))),
        (dict(leap_levels=((1,), (None,)), shift_div=0), {3, 7}),
        (dict(leap_levels=((None,), (2,)), shift_div=0), {1, 3}),
        (dict(leap_levels=((1,), (2,)), shift_div=0), {1, 3, 5, 7}),
        (dict(leap_levels=((None,), (None,))), {1, 2, 3, 4, 5}),
    ],
    ids=str,
)
def test_reach_of_one_block_per_stage(kwargs, reach):
    """The frames that frame 3's feature depends on."""
    model = toy(arch=ARCH | dict(depth=(1, 1, 1)), **kwargs)
    x = torch.randn(1, 3, 8, 64, 64, requires_grad=True)
    model(x)[0, 3].sum().backward()
    grads = x.grad.abs().sum(dim=(0, 1, 3, 4))
    assert set(grads.nonzero().flatten().tolist()) == reach


@pytest.mark.parametrize('num_frames', [8, 16, 24])
def test_any_clip_length_that_the_levels_allow(num_frames):
    model = toy()
    x = torch.randn(2, 3, num_frames, 64, 64)
    together = model(x)
    assert together.shape == (2, num_frames, 32)
    apart = torch.cat([model(clip[None]) for clip in x])
    assert error(together, apart) < 1e-5


def test_32_frames_at_320():
    """The leap levels of the authors' model for long clips."""
    levels = ((1, 2, 3, 4), (5, 1, 2, 3))
    model = toy(
        arch=ARCH | dict(depth=(1, 4, 4)), img_size=320, num_frames=32, leap_levels=levels
    )
    with torch.no_grad():
        assert model(torch.randn(1, 3, 32, 320, 320)).shape == (1, 32, 32)


def test_checkpointing_keeps_less():
    kept = {}
    for with_cp in (False, True):
        model, sizes = toy(with_cp=with_cp).train(), []
        pack = lambda tensor, sizes=sizes: sizes.append(tensor.numel()) or tensor
        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            model(torch.randn(1, 3, 8, 64, 64))
        kept[with_cp] = sum(sizes)
    assert kept[True] < 0.7 * kept[False]


def test_lower_and_higher_precision():
    model = toy()
    x = torch.randn(1, 3, 8, 64, 64)
    expected = model(x)
    with torch.autocast('cpu', torch.bfloat16):
        assert error(model(x).float(), expected) < 5e-2
    assert error(expected.double(), model.double()(x.double())) < 1e-5


def test_channels_last_gives_the_same():
    model = toy()
    x = torch.randn(1, 3, 8, 64, 64)
    expected = model(x)
    assert error(model.to(memory_format=torch.channels_last)(x), expected) < 1e-5


@pytest.mark.parametrize(
    ('kwargs', 'giga_flops'),
    [({}, 40.136), (SPATIAL, 39.074), (BASE_3D, 46.509)],
    ids=['laps', 'base2d', 'base3d'],
)
def test_published_cost(kwargs, giga_flops):
    model = nn.Sequential(LAPSVisformer(**kwargs), FrameAverageHead(400, 768)).eval()
    info = get_model_complexity_info(
        model, (3, 8, 224, 224), show_table=False, show_arch=False
    )
    assert round(info['flops'] / 1e9, 3) == giga_flops
    assert round(info['params'] / 1e6, 3) == 39.758


def test_timm_weights_load_to_any_image_size(tmp_path):
    image = timm.create_model('visformer_tiny', img_size=64, num_classes=10)
    nn.init.zeros_(image.pos_embed1).data += torch.arange(8.0)
    file = tmp_path / 'visformer_tiny.pth'
    torch.save(image.state_dict(), file)
    cfg = dict(type='Pretrained', checkpoint=str(file))
    same = toy(arch='tiny', init_cfg=cfg)
    same.init_weights()
    for name, value in same.state_dict().items():
        assert torch.equal(value, image.state_dict()[name])

    larger = toy(arch='tiny', img_size=96, init_cfg=cfg)
    larger.init_weights()
    assert larger.pos_embed3.shape == (1, 384, 3, 3)
    # Column i of 12 corresponds to column (i + 0.5) * 8 / 12 - 0.5 of 8. On a ramp, bicubic
    # interpolation is off by less than 0.05.
    columns = torch.arange(3.0, 9.0)
    expected = ((columns + 0.5) * 8 / 12 - 0.5).expand(1, 96, 12, 6)
    ramp = larger.pos_embed1.detach()[..., 3:9]
    torch.testing.assert_close(ramp, expected, rtol=0, atol=0.05)
    assert torch.equal(larger.stem[0].weight, image.stem[0].weight)
    with pytest.raises(RuntimeError, match='surplus'):
        larger.load_state_dict(image.state_dict() | {'surplus': torch.zeros(1)})


@pytest.mark.parametrize(
    ('kwargs', 'message'),
    [
        (dict(num_frames=6), r'2 \*\* level = 4 for leap level 2, got 6'),
        (dict(num_frames=4), r'2 \*\* level = 8 for leap level 3, got 4'),
        (dict(leap_levels=((1, 0), (1,))), 'at least 1.*got 0'),
        (dict(leap_levels=((1,), (2,), (3,))), 'moves must be two lists'),
        (dict(leap_levels=((1,), ())), r'leap_levels must have at least one.*got \(\)'),
        (dict(leap_levels=((1,), ((2,),))), r'leap level must be .* got \(2,\)'),
        (dict(shift_div=9), r'div must be from 2 .* to 8 \(.* of a head\), got 9'),
        (
            dict(img_size=100),
            'img_size must be one or two multiples of 32, got 100',
        ),
        (dict(img_size=0), 'img_size'),
        (dict(img_size=(64, 64, 64)), 'img_size'),
        (dict(arch='vast'), 'arch must be one of'),
    ],
)
def test_bad_arguments_are_named(kwargs, message):
    with pytest.raises(ValueError, match=message):
        toy(**kwargs)


@pytest.mark.parametrize(
    'kwargs',
    [dict(num_classes=10), dict(attn_stage='111'), dict(vit_stem=True), dict(patch_size=8)],
)
def test_what_the_backbone_fixes_cannot_be_set(kwargs):
    with pytest.raises(TypeError, match=next(iter(kwargs))):
        toy(**kwargs)


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((1, 3, 12, 64, 64), r'2 \*\* level = 8 for leap level 3, got 12'),
        ((1, 3, 8, 64, 96), r'must be img_size=\(64, 64\), got 64 x 96'),
        ((1, 3, 8, 64, 72), r'must be img_size=\(64, 64\), got 64 x 72'),
        ((1, 8, 3, 64, 64), r'must be \(N, 3, T, H, W\)'),
    ],
)
def test_bad_input_is_named(shape, message):
    with pytest.raises(ValueError, match=message):
        toy()(torch.zeros(shape))
