"""The configs with timm's image models: normalization, licences, downloads and rates."""

import re
from pathlib import Path

import pytest
import timm
import torch
from config_names import loaded
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope
from timm.data import resolve_data_config
from timm.models import get_pretrained_cfg

from projects.xvit.analysis import build_recognizer

ROOT = Path(__file__).parents[2]
README = (ROOT / 'configs/README.md').read_text()
NAMES = [
    path.stem
    for path in sorted((ROOT / 'configs').glob('*.py'))
    if path.stem.startswith(('lora_', 'full_', 'probe_')) and 'motion' not in path.stem
]


def load(name):
    cfg = loaded(name)
    backbone = cfg.model.backbone
    return cfg, backbone.get('backbone', backbone)


@pytest.mark.parametrize('name', NAMES)
def test_frames_are_prepared_as_timm_does_it(name):
    cfg, host = load(name)
    timms = resolve_data_config(
        pretrained_cfg=get_pretrained_cfg(host.model_name).to_dict()
    )
    preprocessor = cfg.model.data_preprocessor
    for ours, theirs in (
        (preprocessor.mean, timms['mean']),
        (preprocessor.std, timms['std']),
    ):
        assert [value / 255 for value in ours] == pytest.approx(theirs, rel=1e-12)
    for split in ('train', 'val', 'test'):
        data = cfg[f'{split}_dataloader'].dataset
        pipeline = data.get('dataset', data).pipeline
        (resize,) = (step for step in pipeline if step.type.endswith('Resize'))
        assert resize.type == 'PillowResize'
        assert resize.interpolation == timms['interpolation']


def test_config_can_be_written_and_read(tmp_path):
    cfg, _ = load('lora_clip_l_ssv2')
    cfg.dump(tmp_path / 'dumped.py')
    assert Config.fromfile(tmp_path / 'dumped.py').model == cfg.model


def test_licences_are_those_that_timm_names():
    rows = re.findall(r'^\| `([\w.]+)` \|.*\| ([\w.-]+) \|$', README, re.MULTILINE)
    assert {name for name, _ in rows} == {load(name)[1].model_name for name in NAMES}
    for name, licence in rows:
        assert get_pretrained_cfg(name).license == licence, name


def test_failed_download_names_the_file(monkeypatch):
    def fail(*args, **kwargs):
        raise OSError('no network')

    monkeypatch.setattr('timm.create_model', fail)
    host = dict(type='TimmVideoViT', model_name='vit_base_patch16_clip_224.laion2b')
    with pytest.raises(OSError, match='no network') as error:
        MODELS.build(host | dict(pretrained=True))
    file = 'huggingface.co/timm/vit_base_patch16_clip_224.laion2b/resolve/main/model.saf'
    assert file in str(error.value) and "type='Pretrained', checkpoint=FILE" in str(
        error.value
    )


def test_grid_of_hosts_and_data_is_full():
    hosts = sorted((ROOT / 'configs/_base_/hosts').glob('*.py'))
    assert len(hosts) == 10
    for path in hosts:
        host = Config.fromfile(path)
        name = host.host.model_name
        image = timm.create_model(name, num_classes=0, device='meta')
        assert host.channels == image.num_features
        for data in ('ssv2', 'k400', 'epic'):
            cfg, used = load(f'lora_{path.stem}_{data}')
            head = cfg.model.cls_head
            assert used.model_name == name
            assert head.get('trunk', head).in_channels == host.channels


def test_full_tuning_lowers_the_rate_towards_the_pixels():
    """Of every weight, as mmengine's constructor builds the optimizer."""
    cfg, _ = load('full_dinov3_b_ssv2')
    with torch.device('meta'):
        model = build_recognizer(cfg)
    init_default_scope('mmaction')
    wrapper = dict(cfg.optim_wrapper, type='OptimWrapper')
    optimizer = build_optim_wrapper(model, wrapper).optimizer
    names = {id(value): name for name, value in model.named_parameters()}
    rates = {
        names[id(value)]: group['lr'] / 1e-4
        for group in optimizer.param_groups
        for value in group['params']
    }
    assert rates.keys() == set(names.values())
    for name, rate in rates.items():
        layer = re.match(r'backbone\.blocks\.(\d+)\.', name)
        if layer:
            expected = 0.75 ** (12 - int(layer[1]))
        elif re.match(r'backbone\.(patch_embed|cls_token|reg_token)', name):
            expected = 0.75**13
        else:
            assert re.match(r'backbone\.(norm|temporal_embed)|cls_head', name), name
            expected = 1
        assert rate == pytest.approx(expected), name
