"""X-ViT as a whole: the authors' outputs, cost, temporal receptive field, every option."""

from pathlib import Path

import plain_xvit
import pytest
import torch
from mmaction.registry import MODELS
from mmengine.analysis import get_model_complexity_info
from mmengine.runner.checkpoint import load_state_dict
from mmpretrain.models import VisionTransformer
from torch import nn

from projects.xvit.checkpoints import convert_xvit
from projects.xvit.models import TemporalAttentionHead, XViT

DATA = Path(__file__).parents[2] / 'data'
ARCH = dict(embed_dims=32, num_layers=3, num_heads=4, feedforward_channels=64)
TOY = dict(arch=ARCH, img_size=32, patch_size=16, num_frames=8)


def relative_error(out, ref):
    return ((out - ref).norm() / ref.norm()).item()


@pytest.mark.parametrize('name', ['xvit_clip4_div4', 'xvit_clip8_div8_span4'])
def test_equals_the_authors_outputs(name):
    ref = torch.load(DATA / f'{name}.pt', weights_only=True)
    hp = ref['hparams']
    model = nn.Module()
    model.backbone = XViT(
        arch={key: hp[key] for key in ARCH},
        img_size=hp['img_size'],
        patch_size=hp['patch_size'],
        num_frames=hp['num_frames'],
        shift_div=hp['shift_div'],
        mix_span=hp['shift_span'] if hp['shift_span'] < hp['num_frames'] else None,
    )
    model.cls_head = TemporalAttentionHead(
        hp['num_classes'],
        hp['embed_dims'],
        hp['head_layers'],
        hp['head_heads'],
        hp['head_hidden'],
    )
    model.load_state_dict(convert_xvit(ref['checkpoint']['model_state']), strict=True)
    model.eval()
    with torch.no_grad():
        features = model.backbone(ref['video'].float() / 64)
        logits = model.cls_head(features)
    assert relative_error(features, ref['features']) < 1e-5
    assert relative_error(logits, ref['logits']) < 1e-5


def test_window_0_is_the_image_model_on_every_frame():
    image = VisionTransformer(ARCH, img_size=32, patch_size=16)
    image.eval()
    video = XViT(**TOY, window=0).eval()
    missing, unexpected = video.load_state_dict(image.state_dict(), strict=False)
    assert (missing, unexpected) == (['temporal_embed'], [])
    x = torch.randn(2, 3, 4, 32, 32)
    frames = torch.stack([image(x[:, :, t])[0] for t in range(4)], dim=1)
    torch.testing.assert_close(video(x), frames)


@pytest.mark.parametrize('window', [0, 1])
def test_cost_is_the_image_models(window):
    model = MODELS.build(
        dict(
            type='mmaction.Recognizer3D',
            backbone=dict(type='mmaction.XViT', num_frames=8, window=window),
            cls_head=dict(
                type='mmaction.FrameAverageHead',
                num_classes=400,
                in_channels=768,
                loss_cls=dict(type='mmaction.CrossEntropyLoss'),
            ),
            data_preprocessor=dict(type='mmaction.ActionDataPreprocessor'),
        )
    ).eval()
    model.forward = lambda x: model.extract_feat(x, stage='head')
    cost = get_model_complexity_info(model, (1, 3, 8, 224, 224), show_table=False)
    assert cost['flops'] / 1e9 == pytest.approx(140.66, abs=0.005)
    temporal_embed = 8 * 768
    assert (cost['params'] - temporal_embed) / 1e6 == pytest.approx(86.106, abs=0.0005)


@pytest.mark.parametrize('window', [1, 2])
def test_reach_in_time_is_window_times_depth(window):
    model = XViT(**dict(TOY, num_frames=16), window=window).double().eval()
    x = torch.randn(1, 3, 16, 32, 32, dtype=torch.float64)
    t = 15
    reach = window * ARCH['num_layers']
    with torch.no_grad():
        feature = model(x)[0, t]

        def swapped(a, b):
            y = x.clone()
            y[:, :, [a, b]] = x[:, :, [b, a]]
            return model(y)[0, t]

        beyond = t - reach - 1
        assert torch.equal(swapped(beyond, beyond - 1), feature)
        assert not torch.allclose(swapped(beyond, t - reach), feature, rtol=0, atol=1e-9)
        assert not torch.allclose(swapped(t - 1, t - 2), feature, rtol=0, atol=1e-9)


def test_nothing_crosses_a_span_but_summary_tokens_cross_frames():
    x = torch.randn(1, 3, 8, 32, 32)
    y = x.clone()
    y[:, :, :4] = torch.randn(1, 3, 4, 32, 32)
    for summary in (False, True):
        cut = XViT(**TOY, mix_span=4, summary_tokens=summary).eval()
        assert torch.equal(cut(x)[:, 4:], cut(y)[:, 4:])
    y = x.clone()
    y[:, :, 0] = torch.randn(1, 3, 32, 32)
    far = XViT(**TOY, window=0, summary_tokens=True).eval()
    assert not torch.allclose(far(x)[:, 7], far(y)[:, 7], atol=1e-6)


@pytest.mark.parametrize('num_frames', [1, 5, 8, 16])
@pytest.mark.parametrize('size', [(32, 32), (48, 16)])
def test_any_clip_length_and_image_size(num_frames, size):
    model = XViT(**TOY)
    nn.init.normal_(model.temporal_embed)
    y = model(torch.randn(2, 3, num_frames, *size))
    assert y.shape == (2, num_frames, 32)
    y.mean().backward()
    assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


def test_entries_of_the_temporal_embedding_are_tiled_along_the_clip():
    model = XViT(**dict(TOY, num_frames=16), temporal_embed_frames=8, window=0).eval()
    assert model.temporal_embed.shape == (1, 8, 1, 32)
    x = torch.randn(1, 3, 1, 32, 32).expand(-1, -1, 21, -1, -1)
    assert torch.equal(model(x)[:, 0], model(x)[:, 1])
    nn.init.normal_(model.temporal_embed)
    features = model(x)
    for t in range(8, 21):
        torch.testing.assert_close(features[:, t], features[:, t % 8])
    assert not torch.allclose(features[:, 0], features[:, 1])


def test_without_a_temporal_embedding():
    model = XViT(**TOY, temporal_embed_frames=0)
    assert 'temporal_embed' not in model.state_dict()
    zeros = XViT(**TOY)
    zeros.load_state_dict(model.state_dict(), strict=False)
    x = torch.randn(1, 3, 8, 32, 32)
    assert torch.equal(model.eval()(x), zeros.eval()(x))


@pytest.mark.parametrize(
    ('model', 'expected'),
    [
        (dict(num_frames=16), 16),
        (dict(num_frames=16, mix_span=4), 4),
        (dict(num_frames=16, mix_span=4, temporal_embed_frames=8), 8),
        (dict(num_frames=16, temporal_embed_frames=8), 8),
    ],
)
def test_entries_follow_the_span_or_the_clip_unless_given(model, expected):
    assert XViT(**(TOY | model)).temporal_embed.shape[1] == expected


@pytest.mark.parametrize('strict', [True, False])
@pytest.mark.parametrize(('entries', 'wanted'), [(8, 16), (16, 8), (8, 0)])
def test_another_number_of_entries_is_refused(entries, wanted, strict):
    """Also with mmengine's loading, which only logs what does not fit."""
    weights = XViT(**TOY, temporal_embed_frames=entries).state_dict()
    model = XViT(**TOY, temporal_embed_frames=wanted)
    words = f'{entries} entries in the checkpoint, {wanted} in the model.*temporal_embed_fr'
    with pytest.raises(ValueError, match=words):
        model.load_state_dict(weights, strict=strict)
    with pytest.raises(ValueError, match=words):
        load_state_dict(model, weights, strict=strict)


def test_a_temporal_embedding_is_interpolated_by_name_with_a_warning(resize_warnings):
    short = XViT(**TOY)
    long = XViT(**dict(TOY, num_frames=16), interpolate_temporal_embed=True)
    nn.init.normal_(short.temporal_embed)
    long.load_state_dict(short.state_dict())
    assert 'has 8 entries, the config 16: it will be interpolated' in resize_warnings[0]
    short, long = short.temporal_embed[0, :, 0], long.temporal_embed[0, :, 0]
    # Frame i of 16 corresponds to (i + 0.5) / 2 - 0.5 of 8, between two frames.
    torch.testing.assert_close(long[1], 0.75 * short[0] + 0.25 * short[1])
    torch.testing.assert_close(long[2], 0.25 * short[0] + 0.75 * short[1])


@pytest.mark.parametrize('span', [16, 8])
def test_eight_entries_on_sixteen_frames_equal_plain_loops(span):
    """The published models, from the authors' parameter names to the logits."""
    ref = torch.load(DATA / 'xvit_clip4_div4.pt', weights_only=True)
    hp = ref['hparams'] | dict(num_frames=16, shift_span=span)
    weights = dict(ref['checkpoint']['model_state'])
    weights['base_model.temp_embed'] = torch.randn(1, 8, 1, hp['embed_dims'])
    video = torch.randn(1, 3, 16, 32, 32, dtype=torch.float64)

    model = nn.Module()
    model.backbone = XViT(
        arch={key: hp[key] for key in ARCH},
        img_size=32,
        num_frames=16,
        shift_div=hp['shift_div'],
        mix_span=span if span < 16 else None,
        temporal_embed_frames=8,
    )
    model.cls_head = TemporalAttentionHead(
        hp['num_classes'], hp['embed_dims'], 1, hp['head_heads'], hp['head_hidden']
    )
    model.load_state_dict(convert_xvit(weights), strict=True)
    model.double().eval()
    with torch.no_grad():
        out = model.cls_head(model.backbone(video))
    assert relative_error(out, plain_xvit.logits(weights, video, hp)) < 1e-10


def test_plain_loops_equal_the_authors_outputs():
    for name in ('xvit_clip4_div4', 'xvit_clip8_div8_span4'):
        ref = torch.load(DATA / f'{name}.pt', weights_only=True)
        video = ref['video'][:1].double() / 64
        out = plain_xvit.logits(ref['checkpoint']['model_state'], video, ref['hparams'])
        assert relative_error(out, ref['logits'][:1]) < 1e-5


def test_position_embedding_of_another_size_is_resized_with_a_warning(resize_warnings):
    small, large = XViT(**TOY), XViT(**dict(TOY, img_size=64))
    large.load_state_dict(small.state_dict())
    assert large.pos_embed.shape[1] == 17
    assert resize_warnings == [
        'the position embedding has 2 x 2 patches, the config 4 x 4: it will be resized by '
        'interpolation'
    ]
    small.load_state_dict(small.state_dict())
    assert len(resize_warnings) == 1


def test_mixed_precision_is_close():
    model = XViT(**TOY).eval()
    x = torch.randn(2, 3, 8, 32, 32)
    with torch.no_grad():
        full = model(x)
        with torch.autocast('cpu', torch.bfloat16):
            half = model(x)
    assert half.isfinite().all()
    assert relative_error(half.float(), full) < 2e-2


def test_timms_names_load_as_they_are():
    timm = pytest.importorskip('timm')
    image = timm.models.VisionTransformer(
        img_size=32, patch_size=16, embed_dim=32, depth=3, num_heads=4, mlp_ratio=2
    ).eval()
    model = XViT(**TOY, window=0).eval()
    missing, unexpected = model.load_state_dict(image.state_dict(), strict=False)
    assert (missing, unexpected) == (['temporal_embed'], [])
    x = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        expected = image.forward_features(x)[:, 0]
        torch.testing.assert_close(model(x[:, :, None])[:, 0], expected)


def test_frozen_stages_and_layer_depth():
    model = XViT(**TOY, frozen_stages=1)
    assert not any(p.requires_grad for p in model.layers[0].parameters())
    assert all(p.requires_grad for p in model.layers[1].parameters())
    assert model.get_layer_depth('backbone.temporal_embed', 'backbone.') == (0, 5)
    assert model.get_layer_depth('backbone.layers.1.ln1.weight', 'backbone.') == (2, 5)


@pytest.mark.parametrize(
    ('arguments', 'error', 'message'),
    [
        (dict(img_size=40), ValueError, 'img_size .* multiples of 16, got 40'),
        (dict(num_frames=6, mix_span=4), ValueError, 'span=4, got 6'),
        (dict(shift_div=33), ValueError, 'div must be from 2 .* to 32 .* got 33'),
        (dict(window=3), ValueError, 'window'),
        (dict(mix_targets=('q',)), ValueError, 'mix_targets'),
        (dict(out_type='raw'), TypeError, "out_type='raw'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    with pytest.raises(error, match=message):
        XViT(**{**TOY, **arguments})


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((3, 8, 32, 32), r'\(N, 3, T, H, W\)'),
        ((1, 4, 8, 32, 32), r'\(N, 3, T, H, W\)'),
        ((1, 3, 8, 32, 40), 'patch_size=16, got 32 x 40'),
        ((1, 3, 6, 32, 32), 'span=4, got 6'),
    ],
)
def test_bad_inputs_are_named(shape, message):
    with pytest.raises(ValueError, match=message):
        XViT(**TOY, mix_span=4)(torch.zeros(shape))
