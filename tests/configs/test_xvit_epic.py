"""X-ViT's EPIC-KITCHENS recipes: pipelines, model, and the learning rate."""

import math

import pytest
import torch
from mmaction.registry import DATASETS, MODELS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import PARAM_SCHEDULERS, init_default_scope
from torch import nn

CONFIGS = {'xvit_epic': 16, 'xvit_epic_8f': 8}


def load(name):
    init_default_scope('mmaction')
    return Config.fromfile(f'configs/{name}.py')


@pytest.mark.parametrize('name', CONFIGS)
@pytest.mark.parametrize(('split', 'views'), [('train', 1), ('val', 1), ('test', 3)])
def test_pipelines_take_a_segment(epic, name, split, views):
    cfg = load(name)[f'{split}_dataloader'].dataset
    cfg.ann_file = cfg.ann_file.replace('data/epic', str(epic))
    cfg.data_prefix.video = str(epic)
    data = DATASETS.build(cfg)
    assert len(data) == (6 if split == 'train' else 5)
    packed = data[1]
    assert packed['inputs'].shape == (views, 3, CONFIGS[name], 224, 224)
    number = 1 if split == 'train' else 11
    assert packed['data_samples'].narration_id == f'P02_101_{number}'
    assert packed['data_samples'].gt_label.shape == (2,)


@pytest.mark.parametrize('name', CONFIGS)
def test_model_and_optimizer(name):
    cfg = load(name)
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert model.backbone.temporal_embed.shape[1] == CONFIGS[name]
    assert model.cls_head.trunk.fc_cls.weight.shape == (397, 768)
    optimizer = build_optim_wrapper(model, cfg.optim_wrapper).optimizer
    assert len(optimizer.param_groups[0]['params']) == len(list(model.parameters()))


def test_learning_rate_is_the_papers():
    """0.05 at batch 128 for 50 epochs; at the first, the warm-up's last, the middle and
    the last iteration."""
    cfg = load('xvit_epic')
    assert cfg.train_dataloader.batch_size * 8 == cfg.auto_scale_lr.base_batch_size == 128
    per_epoch, epochs = 20, 50
    optimizer = build_optim_wrapper(nn.Linear(1, 1), cfg.optim_wrapper)
    schedulers = [
        PARAM_SCHEDULERS.build(
            dict(scheduler, optimizer=optimizer, epoch_length=per_epoch, _scope_='mmengine')
        )
        for scheduler in cfg.param_scheduler
    ]
    rates = []
    for _ in range(per_epoch * epochs):
        rates.append(optimizer.get_lr()['lr'][0])
        for scheduler in schedulers:
            scheduler.step()

    def cosine(epoch):
        return 0.05 * (math.cos(math.pi * epoch / epochs) + 1) / 2

    assert cfg.train_cfg.max_epochs == epochs
    assert rates[0] == pytest.approx(0.005)
    assert rates[5 * per_epoch] == pytest.approx(cosine(5), rel=5e-3)
    assert rates[len(rates) // 2] == pytest.approx(cosine(epochs / 2), rel=1e-2)
    assert rates[-1] == pytest.approx(cosine(epochs - 1 / per_epoch), abs=1e-6)
