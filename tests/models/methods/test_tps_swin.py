from pathlib import Path

import pytest
import torch
from mmaction.models.heads import I3DHead
from mmaction.registry import MODELS
from mmengine.analysis import get_model_complexity_info
from mmpretrain.models import SwinTransformer

from projects.xvit.checkpoints import convert_tps
from projects.xvit.models import TPSSwin

REFERENCE = Path(__file__).parents[2] / 'data/tps_swin_clip32.pt'
TINY = dict(embed_dims=16, depths=[2, 2], num_heads=[2, 4])


def build(**kwargs):
    """Two stages with windows of 3, for 8 frames of 24 x 24."""
    model = TPSSwin(
        **dict(dict(arch=TINY, img_size=24, num_frames=8, window_size=3), **kwargs)
    )
    model.init_weights()
    return model


def relative_error(value, expected):
    return ((value - expected).norm() / expected.norm()).item()


@torch.no_grad()
def test_parity_with_the_authors_implementation():
    reference = torch.load(REFERENCE, weights_only=True)
    hparams = reference['hparams']
    model = torch.nn.ModuleDict(
        dict(
            backbone=TPSSwin(
                arch={k: hparams[k] for k in ('embed_dims', 'depths', 'num_heads')},
                img_size=hparams['img_size'],
                num_frames=hparams['num_frames'],
                patch_size=hparams['patch_size'],
                window_size=hparams['window_size'],
            ),
            cls_head=I3DHead(hparams['num_classes'], in_channels=32),
        )
    ).eval()
    model.load_state_dict(convert_tps(reference['checkpoint']['state_dict']), strict=True)
    features = model['backbone'](reference['video'].float() / 64)
    assert features.shape == reference['features'].shape
    assert relative_error(features, reference['features']) < 1e-5
    assert relative_error(model['cls_head'](features), reference['logits']) < 1e-5


@torch.no_grad()
def test_published_cost():
    model = TPSSwin('tiny').eval()
    parameters = sum(p.numel() for p in model.parameters())
    assert round(parameters / 1e6, 1) == 28.2
    flops = get_model_complexity_info(
        model, (3, 32, 224, 224), show_table=False, show_arch=False
    )['flops']
    assert flops / 1e9 == pytest.approx(72, rel=0.01)


@pytest.mark.parametrize('size', [(48, 48), (54, 71)])
@pytest.mark.parametrize('mode', ['official', 'relative'])
@torch.no_grad()
def test_equals_swin_per_frame_without_moves(size, mode):
    kwargs = dict(arch=TINY, img_size=48, window_size=3)
    image = SwinTransformer(**kwargs, out_indices=(1,)).double()
    image.init_weights()
    for parameter in image.parameters():
        parameter.add_(0.1 * torch.randn_like(parameter))
    image.eval()
    model = TPSSwin(
        **kwargs,
        num_frames=8,
        shift_pattern=[[0]],
        channel_shift_div=0,
        temporal_bias=mode,
    ).double()
    model.load_state_dict(image.state_dict(), strict=True)
    frames = torch.randn(2, 3, 3, *size, dtype=torch.float64)
    clip = frames.repeat_interleave(2, dim=2)  # A token frame of two equal frames.
    features = model.eval()(clip)
    expected = image(frames.transpose(1, 2).flatten(0, 1))[0]
    torch.testing.assert_close(features.transpose(1, 2).flatten(0, 1), expected)


@torch.no_grad()
def test_image_weights_inflate_through_init_cfg(tmp_path):
    image = SwinTransformer(arch=TINY, window_size=3, out_indices=(1,))
    image.init_weights()
    state = {f'backbone.{k}': v for k, v in image.state_dict().items()}
    # Keys of mmpretrain's oldest files.
    state['backbone.norm.weight'] = state.pop('backbone.norm1.weight') + 1
    state['backbone.norm.bias'] = state.pop('backbone.norm1.bias') + 1
    state['backbone.stages.0.blocks.1.attn.attn_mask'] = torch.zeros(4, 9, 9)
    state['head.fc.weight'] = torch.zeros(10, 32)
    path = tmp_path / 'swin.pth'
    torch.save(dict(state_dict=state), path)
    model = build(
        init_cfg=dict(type='Pretrained', checkpoint=str(path), prefix='backbone.')
    )
    kernel = image.patch_embed.projection.weight
    for half in model.patch_embed.projection.weight.unbind(2):
        torch.testing.assert_close(half, kernel / 2)
    for ours, theirs in zip(model.stages, image.stages):
        for block, image_block in zip(ours.blocks, theirs.blocks):
            table = block.attn.w_msa.relative_position_bias_table.unflatten(0, (31, -1))
            image_table = image_block.attn.w_msa.relative_position_bias_table
            assert all(torch.equal(part, image_table) for part in table)
            assert torch.equal(
                block.attn.w_msa.qkv.weight, image_block.attn.w_msa.qkv.weight
            )
    assert torch.equal(model.norm1.weight, image.norm1.weight + 1)


def test_other_weights_are_reported():
    state = build().state_dict()
    state['surplus'] = torch.zeros(1)
    with pytest.raises(RuntimeError, match='surplus'):
        build().load_state_dict(state)
    image = SwinTransformer(arch=TINY, window_size=4, out_indices=(1,))
    with pytest.raises(RuntimeError, match='relative_position_bias_table'):
        build().load_state_dict(image.state_dict())


@pytest.mark.parametrize('num_frames', [2, 4, 14, 32])
@torch.no_grad()
def test_other_clip_lengths(num_frames):
    features = build().eval()(torch.randn(2, 3, num_frames, 24, 28))
    assert features.shape == (2, 32, num_frames // 2, 3, 4)
    assert features.isfinite().all()


@torch.no_grad()
def test_batch_and_head():
    model = MODELS.build(
        dict(type='TPSSwin', arch=TINY, img_size=24, num_frames=8, window_size=3)
    )
    model.init_weights()
    clips = torch.randn(3, 3, 8, 24, 24)
    features = model.eval()(clips)
    for clip, expected in zip(clips, features):
        torch.testing.assert_close(model(clip[None])[0], expected)
    assert I3DHead(5, in_channels=32)(features).shape == (3, 5)


@torch.no_grad()
def test_small_maps_are_padded_on_request():
    model = build(img_size=8, pad_small_map=True).eval()
    assert model(torch.randn(1, 3, 8, 8, 20)).shape == (1, 32, 4, 1, 3)


def test_mixed_precision():
    model = build().eval()
    clip = torch.randn(1, 3, 8, 24, 24)
    with torch.autocast('cpu', torch.bfloat16):
        features = model(clip)
    assert relative_error(features.float(), model(clip)) < 0.05
    features.float().sum().backward()


def test_frozen_stages():
    model = build(frozen_stages=0).train()
    frozen = [n for n, p in model.named_parameters() if not p.requires_grad]
    assert frozen and all(n.startswith(('patch_embed.', 'stages.0.')) for n in frozen)


@pytest.mark.parametrize(
    ('kwargs', 'error', 'message'),
    [
        (dict(out_indices=(0,)), TypeError, 'out_indices'),
        (dict(num_frames=7), ValueError, r'multiple of patch_size\[0\]=2.*got 7'),
        (dict(num_frames=34), ValueError, 'at most 32.*got 34'),
        (dict(img_size=16), ValueError, r'a map of 2 patches.*window_size=3'),
        (dict(shift_pattern=[[1, 2], [3]]), ValueError, 'matrix of integers'),
        (dict(shift_pattern=[[0.5]]), ValueError, 'matrix of integers'),
        (dict(channel_shift_div=1), ValueError, 'div must be from 2 .* got 1'),
        (dict(temporal_bias='none'), ValueError, 'temporal_bias'),
    ],
)
def test_bad_arguments_are_named(kwargs, error, message):
    with pytest.raises(error, match=message):
        build(**kwargs)


@pytest.mark.parametrize(
    ('shape', 'message'),
    [
        ((3, 8, 24, 24), r'\(N, 3, T, H, W\)'),
        ((1, 4, 8, 24, 24), r'\(N, 3, T, H, W\)'),
        ((1, 3, 7, 24, 24), 'multiple of.*got 7'),
        ((1, 3, 34, 24, 24), 'at most 32.*got 34'),
        ((1, 3, 8, 24, 16), r'24 x 16 pixels give .* a map of 2 patches'),
    ],
)
def test_bad_clips_are_named(shape, message):
    with pytest.raises(ValueError, match=message):
        build()(torch.zeros(shape))


def test_stochastic_depth_drops_a_block_for_all_frames_of_a_clip():
    model = build(drop_path_rate=0.5, channel_shift_div=0, shift_pattern=[[0]])
    for block in model.stages[0].blocks:
        block.attn.drop.drop_prob = block.ffn.dropout_layer.drop_prob = 0.5
    seen = []
    for stage in model.stages:
        for block in stage.blocks:
            block.norm1.register_forward_hook(
                lambda module, args, output: seen.append(args[0])
            )
    model.train()(torch.randn(16, 3, 1, 24, 24).expand(-1, -1, 8, -1, -1))
    first, second = (x.reshape(16, 4, -1) for x in seen[:2])
    change = (second - first).abs().amax(-1)  # (clips, token frames)
    dropped = change == 0
    assert (dropped == dropped[:, :1]).all()
    assert 0 < dropped[:, 0].sum() < 16


def test_inflating_an_image_swin_is_logged(resize_warnings):
    image = SwinTransformer(TINY, img_size=24, window_size=3, out_indices=(1,))
    build().load_state_dict(image.state_dict(), strict=False)
    assert (
        sum('the table will be repeated 31 times' in text for text in resize_warnings) == 4
    )
    assert sum('repeated over 2 frames' in text for text in resize_warnings) == 1
    resize_warnings.clear()
    build().load_state_dict(build().state_dict())
    assert resize_warnings == []
