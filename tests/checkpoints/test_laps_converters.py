"""The converters of LAPS, through the real command line tool."""

import subprocess
import sys
from pathlib import Path

import timm
import torch

from projects.xvit.checkpoints import convert_laps_vit, convert_timm_visformer
from projects.xvit.models import LAPSVisformer

ROOT = Path(__file__).parents[2]


def convert(source, src, dst):
    command = [sys.executable, ROOT / 'tools/convert_checkpoint.py', source, src, dst]
    subprocess.run([str(part) for part in command], check=True)
    return torch.load(dst, weights_only=True)['state_dict']


def test_laps_checkpoint_is_unwrapped_and_converted(tmp_path):
    reference = torch.load(ROOT / 'tests/data/laps_vit_clip8.pt')['checkpoint']
    src = tmp_path / 'authors.pth'
    torch.save(reference, src)
    converted = convert('laps-vit', src, tmp_path / 'converted.pth')
    theirs = reference['state_dict']
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


def test_timm_visformer_gives_a_backbone_without_classifier(tmp_path):
    image = timm.create_model('visformer_tiny', img_size=32)
    src = tmp_path / 'timm.pth'
    torch.save(image.state_dict(), src)
    converted = convert('timm-visformer', src, tmp_path / 'converted.pth')
    assert set(image.state_dict()) - set(converted) == {'head.weight', 'head.bias'}
    LAPSVisformer('tiny', img_size=32).load_state_dict(converted, strict=True)
