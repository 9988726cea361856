"""The converters, through the real command line tool."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch

ROOT = Path(__file__).parents[2]
DATA = ROOT / 'tests/data'


class Foreign:
    """A class that a checkpoint of weights has no need of."""


def run(*arguments):
    command = [sys.executable, ROOT / 'tools/convert_checkpoint.py', *arguments]
    return subprocess.run([str(c) for c in command], capture_output=True, text=True)


def save(path, checkpoint):
    torch.save(checkpoint, path)
    return path


def test_xvit_checkpoint_is_unwrapped_and_converted(tmp_path):
    reference = torch.load(DATA / 'xvit_clip4_div4.pt')['checkpoint']
    state = {f'module.{key}': value for key, value in reference['model_state'].items()}
    src = save(tmp_path / 'authors.pyth', dict(reference, model_state=state))
    dst = tmp_path / 'new/converted.pth'
    done = run('xvit', src, dst)
    assert done.returncode == 0, done.stderr
    converted = torch.load(dst)['state_dict']
    assert {key.split('.')[0] for key in converted} == {'backbone', 'cls_head'}
    assert 'backbone.temporal_embed' in converted
    qkv = reference['model_state']['base_model.blocks.1.attn.qkv.weight']
    assert torch.equal(converted['backbone.layers.1.attn.qkv.weight'], qkv)
    assert f'{len(converted)} tensors' in done.stdout
    assert [path.name for path in dst.parent.iterdir()] == ['converted.pth']


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
