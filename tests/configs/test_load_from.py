"""Every ``load_from`` is a checkpoint that training another config writes."""

import re
from pathlib import Path

import pytest
from mmengine.config import Config

CONFIGS = Path(__file__).parents[2] / 'configs'
STARTED = {
    path.stem: config
    for path in sorted(CONFIGS.glob('*.py'))
    if (config := Config.fromfile(path)).get('load_from')
}


def test_something_something_and_diving_start_from_kinetics():
    started = {f'tps_{size}ssv{v}' for size in ('', 'base_', 'large_') for v in (1, 2)}
    assert STARTED.keys() == started | {'tps_diving48'}


@pytest.mark.parametrize('name', STARTED)
def test_another_config_leaves_it_behind(name):
    """``work_dirs/NAME/epoch_N.pth`` after the last epoch, of the same model."""
    path = STARTED[name].load_from
    trained, epoch = re.fullmatch(r'work_dirs/(\w+)/epoch_(\d+)\.pth', path).groups()
    config = Config.fromfile(CONFIGS / f'{trained}.py')
    assert config.train_cfg.max_epochs == int(epoch)
    assert config.train_dataloader.dataset.data_root == 'data/kinetics400'
    for key in ('type', 'arch', 'num_frames', 'patch_size', 'window_size'):
        assert STARTED[name].model.backbone[key] == config.model.backbone[key]
