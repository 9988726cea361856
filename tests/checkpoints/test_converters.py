"""The converters, through the real command line tool."""

import contextlib
import io
import runpy
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch

from projects.xvit.checkpoints import describe_xvit

ROOT = Path(__file__).parents[2]
DATA = ROOT / 'tests/data'
TOOL = ROOT / 'tools/convert_checkpoint.py'


class Foreign:
    """A class that a checkpoint of weights has no need of."""


def run(*arguments):
    """The tool in this process, which is quicker than one of its own."""
    out, err, code = io.StringIO(), io.StringIO(), 0
    argv, sys.argv = sys.argv, ['convert_checkpoint.py', *map(str, arguments)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            runpy.run_path(str(TOOL), run_name='__main__')
    except SystemExit as exit:
        code = exit.code
    finally:
        sys.argv = argv
    return SimpleNamespace(returncode=code, stdout=out.getvalue(), stderr=err.getvalue())


def run_apart(*arguments):
    command = [str(part) for part in (sys.executable, TOOL, *arguments)]
    return subprocess.run(command, capture_output=True, text=True)


def save(path, checkpoint):
    torch.save(checkpoint, path)
    return path


def test_xvit_checkpoint_is_unwrapped_and_converted(tmp_path):
    reference = torch.load(DATA / 'xvit_clip4_div4.pt')['checkpoint']
    state = {f'module.{key}': value for key, value in reference['model_state'].items()}
    src = save(tmp_path / 'authors.pyth', dict(reference, model_state=state))
    dst = tmp_path / 'new/converted.pth'
    done = run_apart('xvit', src, dst)
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


def test_what_the_authors_file_means_is_printed_and_kept(tmp_path):
    dst = tmp_path / 'converted.pth'
    done = run('xvit', authors_file(tmp_path / 'authors.pyth'), dst)
    assert done.returncode == 0, done.stderr
    meta = torch.load(dst)['meta']
    expected = dict(
        type='XViT',
        arch=dict(embed_dims=48, num_layers=2, feedforward_channels=192),
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
        in_channels=48,
        num_layers=1,
        num_heads=4,
        hidden_channels=48,
        dropout_ratio=0.5,
    )
    for name, value in expected.items():
        assert name == 'type' or f'{name}={value!r}' in done.stdout


def test_a_file_that_means_another_model_than_the_config_is_refused(tmp_path):
    src, dst = authors_file(tmp_path / 'authors.pyth'), tmp_path / 'out/converted.pth'
    done = run(
        'xvit', src, dst, '--config', config_file(tmp_path / 'other.py', 16, 4, None)
    )
    assert done.returncode == 1 and not dst.parent.exists()
    for line in (
        'backbone.num_frames: the file means 8, the config has 16',
        'backbone.shift_div: the file means 8, the config has 4',
        'backbone.mix_span: the file means 4, the config has None',
        'backbone.temporal_embed_frames: the file means 4, the config has 16',
    ):
        assert line in done.stderr, done.stderr
    assert done.stderr.count('the file means') == 4  # Dropout changes no score.
    done = run('xvit', src, dst, '--config', config_file(tmp_path / 'same.py'))
    assert done.returncode == 0, done.stderr
    assert dst.exists()


@pytest.mark.parametrize('cfg', ['(text)', None, 'a: [', '- 1', 'XVIT: 3'])
def test_a_configuration_that_cannot_be_read_tells_nothing(tmp_path, cfg):
    src, dst = authors_file(tmp_path / 'authors.pyth', cfg), tmp_path / 'converted.pth'
    done = run('xvit', src, dst)
    assert done.returncode == 0, done.stderr
    assert 'shift_div' not in torch.load(dst)['meta']['backbone']
    (line,) = (line for line in done.stdout.splitlines() if 'does not tell' in line)
    assert 'mix_span, num_frames, shift_div, window' in line


def test_a_file_that_mixes_some_layers_is_refused(tmp_path):
    cfg = CFG.replace('[0, 1, 2]', '[1]')
    done = run('xvit', authors_file(tmp_path / 'authors.pyth', cfg), tmp_path / 'dst.pth')
    assert done.returncode == 1 and not (tmp_path / 'dst.pth').exists()
    assert 'XViT mixes every layer, LOCATIONS_LIST lacks [0]' in done.stderr


@pytest.mark.parametrize(
    ('source', 'file', 'expected'),
    [
        ('laps-vit', 'laps_vit_clip8', dict(type='LAPSViT', img_size=32, patch_size=16)),
        (
            'tps',
            'tps_swin_clip32',
            dict(
                type='TPSSwin',
                arch=dict(embed_dims=16, depths=[2, 2], num_heads=[2, 4]),
                patch_size=(2, 4, 4),
                window_size=7,
            ),
        ),
    ],
)
def test_what_the_shapes_tell_of_laps_and_tps(tmp_path, source, file, expected):
    src = save(tmp_path / 'a.pth', torch.load(DATA / f'{file}.pt')['checkpoint'])
    dst = tmp_path / 'converted.pth'
    assert run(source, src, dst).returncode == 0
    meta = torch.load(dst)['meta']
    assert expected.items() <= meta['backbone'].items()
    assert meta['cls_head']['num_classes'] == 5
    config = {'laps-vit': 'laps_vit_k400', 'tps': 'tps_k400'}[source]
    done = run(source, src, dst, '--config', ROOT / f'configs/{config}.py')
    assert done.returncode == 1
    assert 'cls_head.num_classes: the file means 5, the config has 400' in done.stderr
    assert 'backbone.arch' in done.stderr


def test_published_sizes_are_named(tmp_path):
    """ViT-B/16 of 224 pixels on 16 frames, whose file has 8 temporal entries."""
    weights = {
        'backbone.patch_embed.projection.weight': torch.empty(768, 3, 16, 16),
        'backbone.pos_embed': torch.empty(1, 197, 768),
        'backbone.temporal_embed': torch.empty(1, 8, 1, 768),
        'cls_head.fc_cls.weight': torch.empty(174, 768),
    }
    for i in range(12):
        weights[f'backbone.layers.{i}.ffn.layers.0.0.weight'] = torch.empty(3072, 768)
    text = CFG.replace('NUM_FRAMES: 8', 'NUM_FRAMES: 16').replace(
        'SEGMENTS: 4', 'SEGMENTS: 16'
    )
    text = text.replace('[0, 1, 2]', str(list(range(15))))
    backbone = describe_xvit(weights, dict(cfg=text))['backbone']
    assert (backbone['arch'], backbone['img_size']) == ('base', 224)
    assert (backbone['num_frames'], backbone['mix_span']) == (16, None)
    assert backbone['temporal_embed_frames'] == 8


def test_xvit_without_temporal_attention_gives_the_frame_classifier(tmp_path):
    reference = torch.load(DATA / 'xvit_clip4_div4.pt')['checkpoint']['model_state']
    state = {k: v for k, v in reference.items() if not k.startswith('consensus.')}
    dst = tmp_path / 'converted.pth'
    assert run('xvit', save(tmp_path / 'a.pth', state), dst).returncode == 0
    converted = torch.load(dst)['state_dict']
    assert torch.equal(converted['cls_head.fc_cls.weight'], reference['new_fc.weight'])


def test_timm_vit_gives_a_backbone_without_classifier(tmp_path):
    timm = pytest.importorskip('timm')
    image = timm.models.VisionTransformer(img_size=32, embed_dim=32, depth=2, num_heads=4)
    dst = tmp_path / 'converted.pth'
    done = run('timm-vit', save(tmp_path / 'timm.pth', image.state_dict()), dst)
    assert done.returncode == 0, done.stderr

    from mmpretrain.models import VisionTransformer

    arch = dict(embed_dims=32, num_layers=2, num_heads=4, feedforward_channels=128)
    VisionTransformer(arch, img_size=32).load_state_dict(torch.load(dst)['state_dict'])


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
def test_bad_files_are_named_and_nothing_is_written(tmp_path, content, message):
    src = tmp_path / 'bad.pth'
    if isinstance(content, bytes):
        src.write_bytes(content)
    elif content is not None:
        save(src, content)
    done = run('xvit', src, tmp_path / 'out/dst.pth')
    assert done.returncode == 1
    assert 'bad.pth' in done.stderr and message in done.stderr, done.stderr
    assert not list(tmp_path.glob('out/*'))
