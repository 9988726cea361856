"""X-ViT's EPIC-KITCHENS recipes: the output of the pipelines, and the classifiers."""

from itertools import pairwise

import pytest
import torch
from mmaction.registry import DATASETS, MODELS, TRANSFORMS
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

CONFIGS = {'xvit_epic': 16, 'xvit_epic_8f': 8}


def load(name):
    init_default_scope('mmaction')
    return Config.fromfile(f'configs/{name}.py')


@pytest.mark.parametrize('name', CONFIGS)
@pytest.mark.parametrize(('split', 'views'), [('train', 1), ('val', 1), ('test', 3)])
def test_pipelines_take_a_segment(epic, name, split, views):
    data = load(name)[f'{split}_dataloader'].dataset
    data.data_root = str(epic)
    data = DATASETS.build(data)
    assert len(data) == (6 if split == 'train' else 5)
    packed = data[1]
    assert packed['inputs'].shape == (views, 3, CONFIGS[name], 224, 224)
    assert packed['data_samples'].gt_label.shape == (2,)
    if split != 'train':
        assert packed['data_samples'].narration_id == 'P02_101_11'


@pytest.mark.parametrize('name', CONFIGS)
def test_frames_are_the_segments_of_the_action(name):
    """A segment's middle frame, ``(start + end) // 2``; in training, any of its frames."""
    cfg, count = load(name), CONFIGS[name]
    for total in (1, 7, 15, 16, 17, 33, 48, 100, 200, 301):
        edges = [round((total - 1) / count * i) for i in range(count + 1)]
        middles = [1000 + (start + end) // 2 for start, end in pairwise(edges)]
        for split in ('train', 'val', 'test'):
            pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
            sample = TRANSFORMS.build(pipeline[1])
            frames = sample(dict(total_frames=total, start_index=1000))['frame_inds']
            if split == 'train':
                for frame, (start, end) in zip(frames, pairwise(edges), strict=True):
                    assert start <= frame - 1000 <= end
            else:
                assert frames.tolist() == middles


@pytest.mark.parametrize('name', CONFIGS)
def test_model_and_optimizer(name):
    cfg = load(name)
    assert cfg.train_dataloader.batch_size * 8 == cfg.auto_scale_lr.base_batch_size == 128
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    assert model.backbone.temporal_embed.shape[1] == 8
    assert model.cls_head.trunk.fc_cls.weight.shape == (397, 768)
    assert model.cls_head.label_smooth_eps == 0.3
    assert model.cls_head.average_clips == 'prob'
    groups = build_optim_wrapper(model, cfg.optim_wrapper).optimizer.param_groups
    names = {id(p): n for n, p in model.named_parameters()}
    undecayed = {
        names[id(p)] for g in groups for p in g['params'] if g['weight_decay'] == 0
    }
    assert undecayed == {
        f'cls_head.trunk.{name}.bias' for name in ('norm', 'fc_hidden', 'fc_cls')
    }
    assert {g['lr'] for g in groups} == {0.05}
