"""The configs with timm's image models: normalization, licences and downloads."""

import re
from functools import cache
from pathlib import Path

import pytest
from mmaction.registry import MODELS
from mmengine.config import Config
from timm.data import resolve_data_config
from timm.models import get_pretrained_cfg

ROOT = Path(__file__).parents[2]
README = (ROOT / 'configs/README.md').read_text()
NAMES = [
    path.stem
    for path in sorted((ROOT / 'configs').glob('*.py'))
    if path.stem[:5] in ('lora_', 'full_') and 'motion' not in path.stem
]


@cache
def load(name):
    cfg = Config.fromfile(ROOT / f'configs/{name}.py')
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
        pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
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


def test_full_tuning_lowers_the_rate_towards_the_pixels():
    cfg, _ = load('full_dinov3_b_ssv2')
    keys = cfg.optim_wrapper.paramwise_cfg.custom_keys
    rates = [keys[f'backbone.blocks.{i}.'].lr_mult for i in range(12)]
    assert rates == [0.75 ** (12 - i) for i in range(12)]
    assert keys['backbone.patch_embed'].lr_mult == 0.75**13
