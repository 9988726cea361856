"""The converters, through the real command line tool."""

import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest
import timm
import torch
from mmpretrain.models import VisionTransformer

from projects.xvit.checkpoints import (
    convert_laps_vit,
    convert_timm_visformer,
    describe_xvit,
)
from projects.xvit.models import LAPSVisformer

ROOT = Path(__file__).parents[2]
DATA = ROOT / 'tests/data'


class Foreign:
    """A class that a checkpoint of weights has no need of."""


@pytest.fixture
def convert(tool):
    """The tool in this process, which is faster than one of its own."""
    return partial(tool, 'convert_checkpoint')


def save(path, checkpoint):
    torch.save(checkpoint, path)
    return path


def test_xvit_checkpoint_is_unwrapped_and_converted(tmp_path):
    reference = torch.load(DATA / 'xvit_clip4_div4.pt')['checkpoint']
    state = {f'module.{key}': value for key, value in reference['model_state'].items()}
    src = save(tmp_path / 'authors.pyth', dict(reference, model_state=state))
    dst = tmp_path / 'new/converted.pth'
    command = (sys.executable, ROOT / 'tools/convert_checkpoint.py', 'xvit', src, dst)
    done = subprocess.run([*map(str, command)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    converted = torch.load(dst)['state_dict']
    assert {key.split('.')[0] for key in converted} == {'backbone', 'cls_head'}
    assert 'backbone.temporal_embed' in converted
    qkv = reference['model_state']['base_model.blocks.1.attn.qkv.weight']
    assert torch.equal(converted['backbone.layers.1.attn.qkv.weight'], qkv)
    assert f'{len(converted)} tensors' in done.stdout
    assert [path.name for path in dst.parent.iterdir()] == ['converted.pth']


CFG = """
DATA: {NUM_FRAMES: 8}
MODEL: {DROPOUT_RATE: 0.5, NUM_CLASSES: 5}
TEMPORAL_HEAD: {NUM_ATTENTION_HEADS: 4}
XVIT: {USE_XVIT: true, SHIFT_DIV: 8, NUM_SEGMENTS: 4, LOCATIONS_LIST: [0, 1, 2]}
"""
MODEL = """
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='XViT',
        arch=dict(embed_dims=48, num_layers=2, num_heads=4, feedforward_channels=192),
        img_size=32, num_frames={frames}, shift_div={div}, mix_span={span}),
    cls_head=dict(
        type='TemporalAttentionHead', num_classes=5, in_channels=48, num_heads=4,
        hidden_channels=48, dropout_ratio=0.1),
)
"""


def authors_file(path, cfg=CFG):
    reference = torch.load(DATA / 'xvit_clip8_div8_span4.pt')['checkpoint']
    return save(path, reference | dict(cfg=cfg))


def config_file(path, frames=8, div=8, span=4):
    path.write_text(MODEL.format(frames=frames, div=div, span=span))
    return path


def test_what_the_authors_file_means_is_printed_and_kept(convert, tmp_path):
    dst = tmp_path / 'converted.pth'
    code, printed = convert('xvit', authors_file(tmp_path / 'authors.pyth'), dst)
    assert code == 0, printed
    meta = torch.load(dst)['meta']
    expected = dict(
        type='XViT',
        img_size=32,
        patch_size=16,
        num_frames=8,
        window=1,
        shift_div=8,
        mix_span=4,
        mix_targets=('k', 'v'),
        mix_per_head=False,
        summary_tokens=False,
        temporal_embed_frames=4,
    )
    assert meta['backbone'] == expected
    assert meta['cls_head'] == dict(
        type='TemporalAttentionHead',
        num_classes=5,
        num_heads=4,
        dropout_ratio=0.5,
    )
    for name, value in expected.items():
        assert name == 'type' or f'{name}={value!r}' in printed
    assert 'does not tell' not in printed


def test_a_file_that_means_another_model_than_the_config_is_refused(convert, tmp_path):
    src, dst = authors_file(tmp_path / 'authors.pyth'), tmp_path / 'out/converted.pth'
    code, printed = convert(
        'xvit', src, dst, '--config', config_file(tmp_path / 'other.py', 16, 4, None)
    )
    assert code == 1 and not dst.parent.exists()
    for line in (
        'backbone.num_frames: 8 in the checkpoint, 16 in the config',
        'backbone.shift_div: 8 in the checkpoint, 4 in the config',
        'backbone.mix_span: 4 in the checkpoint, None in the config',
        'backbone.temporal_embed_frames: 4 in the checkpoint, 16 in the config',
    ):
        assert line in printed, printed
    assert printed.count(' in the config\n') == 4  # Dropout changes no score.
    code, printed = convert('xvit', src, dst, '--config', config_file(tmp_path / 'same.py'))
    assert code == 0, printed
    assert dst.exists()


@pytest.mark.parametrize('cfg', ['(text)', None, 'a: [', '- 1', 'XVIT: 3'])
def test_a_configuration_that_cannot_be_read_tells_nothing(convert, tmp_path, cfg):
    src, dst = authors_file(tmp_path / 'authors.pyth', cfg), tmp_path / 'converted.pth'
    code, printed = convert('xvit', src, dst)
    assert code == 0, printed
    assert 'shift_div' not in torch.load(dst)['meta']['backbone']
    (line,) = (line for line in printed.splitlines() if 'does not tell' in line)
    assert 'mix_span, num_frames, shift_div, window' in line


def test_a_file_that_mixes_some_layers_is_refused(convert, tmp_path):
    cfg = CFG.replace('[0, 1, 2]', '[1]')
    code, printed = convert(
        'xvit', authors_file(tmp_path / 'authors.pyth', cfg), tmp_path / 'dst.pth'
    )
    assert code == 1 and not (tmp_path / 'dst.pth').exists()
    assert 'XViT mixes every layer, LOCATIONS_LIST lacks [0]' in printed


@pytest.mark.parametrize(
    ('source', 'file', 'expected'),
    [
        ('laps-vit', 'laps_vit_clip8', dict(type='LAPSViT', img_size=32, patch_size=16)),
        (
            'tps',
            'tps_swin_clip32',
            dict(
                type='TPSSwin',
                patch_size=(2, 4, 4),
                window_size=7,
            ),
        ),
    ],
)
def test_what_the_shapes_tell_of_laps_and_tps(convert, tmp_path, source, file, expected):
    src = save(tmp_path / 'a.pth', torch.load(DATA / f'{file}.pt')['checkpoint'])
    dst = tmp_path / 'converted.pth'
    assert convert(source, src, dst)[0] == 0
    meta = torch.load(dst)['meta']
    assert expected.items() <= meta['backbone'].items()
    assert meta['cls_head']['num_classes'] == 5
    config = {'laps-vit': 'laps_vit_k400', 'tps': 'tps_k400'}[source]
    code, printed = convert(source, src, dst, '--config', ROOT / f'configs/{config}.py')
    assert code == 1
    assert 'cls_head.num_classes: 5 in the checkpoint, 400 in the config' in printed
    assert 'size mismatch for backbone.patch_embed.projection.weight' in printed


def test_sixteen_frames_of_the_published_model_are_one_span():
    """ViT of 224 pixels on 16 frames, whose file has 8 temporal entries."""
    weights = {
        'backbone.patch_embed.projection.weight': torch.empty(8, 3, 16, 16),
        'backbone.pos_embed': torch.empty(1, 197, 8),
        'backbone.temporal_embed': torch.empty(1, 8, 1, 8),
        'backbone.layers.0.ln1.weight': torch.empty(8),
        'cls_head.fc_cls.weight': torch.empty(174, 8),
    }
    text = CFG.replace('NUM_FRAMES: 8', 'NUM_FRAMES: 16').replace(
        'SEGMENTS: 4', 'SEGMENTS: 16'
    )
    model = describe_xvit(weights, dict(cfg=text))
    backbone = model['backbone']
    assert (backbone['img_size'], model['cls_head']['num_classes']) == (224, 174)
    assert (backbone['num_frames'], backbone['mix_span']) == (16, None)
    assert backbone['temporal_embed_frames'] == 8


@pytest.mark.parametrize('source', ['xvit', 'laps-vit', 'tps'])
@pytest.mark.parametrize('file', ['xvit_clip4_div4', 'laps_vit_clip8', 'tps_swin_clip32'])
def test_a_file_of_another_source_is_refused(convert, tmp_path, source, file):
    if file.startswith(source.replace('-', '_')):
        return
    src = save(tmp_path / 'a.pth', torch.load(DATA / f'{file}.pt')['checkpoint'])
    code, printed = convert(source, src, tmp_path / 'dst.pth')
    assert code == 1 and not (tmp_path / 'dst.pth').exists()
    assert f'a.pth is no {source} checkpoint: it lacks' in printed


def test_xvit_without_temporal_attention_gives_the_frame_classifier(convert, tmp_path):
    reference = torch.load(DATA / 'xvit_clip4_div4.pt')['checkpoint']['model_state']
    state = {k: v for k, v in reference.items() if not k.startswith('consensus.')}
    dst = tmp_path / 'converted.pth'
    assert convert('xvit', save(tmp_path / 'a.pth', state), dst)[0] == 0
    converted = torch.load(dst)['state_dict']
    assert torch.equal(converted['cls_head.fc_cls.weight'], reference['new_fc.weight'])


def test_laps_checkpoint_is_unwrapped_and_converted(convert, tmp_path):
    reference = torch.load(DATA / 'laps_vit_clip8.pt')['checkpoint']
    dst = tmp_path / 'converted.pth'
    assert convert('laps-vit', save(tmp_path / 'a.pth', reference), dst)[0] == 0
    converted, theirs = torch.load(dst)['state_dict'], reference['state_dict']
    assert len(converted) == len(theirs)
    for ours, name in (
        ('backbone.layers.1.attn.qkv.weight', 'blocks.1.attn.qkv.weight'),
        ('backbone.layers.3.ln2.bias', 'blocks.3.norm2.bias'),
        ('backbone.ln1.weight', 'norm.weight'),
        ('backbone.cls_token', 'cls_token'),
        ('cls_head.fc_cls.weight', 'head.weight'),
    ):
        assert torch.equal(converted[ours], theirs[f'module.base_model.{name}'])


def test_unknown_names_come_out_as_they_are():
    value = torch.zeros(1)
    state = {'module.base_model.norm.weight': value, 'module.new_fc.weight': value}
    assert set(convert_laps_vit(state)) == {'backbone.ln1.weight', 'module.new_fc.weight'}
    state = {'norm.weight': value, 'head.weight': value, 'heads.weight': value}
    assert set(convert_timm_visformer(state)) == {'norm.weight', 'heads.weight'}
    assert 'head.weight' in state


def test_timm_vit_gives_a_backbone_without_classifier(convert, tmp_path):
    image = timm.models.VisionTransformer(img_size=32, embed_dim=32, depth=2, num_heads=4)
    dst = tmp_path / 'converted.pth'
    done = convert('timm-vit', save(tmp_path / 'timm.pth', image.state_dict()), dst)
    assert done[0] == 0, done[1]
    arch = dict(embed_dims=32, num_layers=2, num_heads=4, feedforward_channels=128)
    VisionTransformer(arch, img_size=32).load_state_dict(torch.load(dst)['state_dict'])


def test_timm_visformer_gives_a_backbone_without_classifier(convert, tmp_path):
    image = timm.create_model('visformer_tiny', img_size=32)
    dst = tmp_path / 'converted.pth'
    done = convert('timm-visformer', save(tmp_path / 'timm.pth', image.state_dict()), dst)
    assert done[0] == 0, done[1]
    converted = torch.load(dst)['state_dict']
    assert set(image.state_dict()) - set(converted) == {'head.weight', 'head.bias'}
    LAPSVisformer('tiny', img_size=32).load_state_dict(converted, strict=True)


def test_an_image_model_is_compared_with_no_config(convert, tmp_path):
    src = save(tmp_path / 'timm.pth', {'norm.weight': torch.zeros(1)})
    config = config_file(tmp_path / 'config.py')
    code, printed = convert('timm-vit', src, tmp_path / 'dst.pth', '--config', config)
    assert code == 1 and 'is an image model' in printed
    assert not (tmp_path / 'dst.pth').exists()


@pytest.mark.parametrize(
    ('content', 'message'),
    [
        (None, 'does not exist'),
        (b'', 'truncated or no PyTorch file'),
        (b'not a checkpoint', 'no checkpoint that can be loaded safely'),
        ({}, 'holds no weights'),
        ({'epoch': 3}, 'is no state dict'),
        ({'w': Foreign()}, 'test_converters.Foreign'),
    ],
)
def test_bad_files_are_named_and_nothing_is_written(convert, tmp_path, content, message):
    src = tmp_path / 'bad.pth'
    if isinstance(content, bytes):
        src.write_bytes(content)
    elif content is not None:
        save(src, content)
    code, printed = convert('xvit', src, tmp_path / 'out/dst.pth')
    assert code == 1
    assert 'bad.pth' in printed and message in printed, printed
    assert not list(tmp_path.glob('out/*'))
