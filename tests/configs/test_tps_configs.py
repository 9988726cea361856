from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path.name for path in (ROOT / 'configs').glob('tps_*.py'))
FULL = [name for name in CONFIGS if 'motion' not in name]


def load(name):
    init_default_scope('mmaction')
    return Config.fromfile(ROOT / 'configs' / name)


def clip(pipeline, label=0):
    """What the transforms behind decoding make of random frames of 240 x 320."""
    decoded = [t['type'] for t in pipeline].index('DecordDecode')
    num_frames = pipeline[1]['clip_len'] * pipeline[1].get('num_clips', 1)
    frames = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    results = dict(
        imgs=[frames.copy() for _ in range(num_frames)],
        original_shape=(240, 320),
        img_shape=(240, 320),
        num_clips=pipeline[1].get('num_clips', 1),
        clip_len=pipeline[1]['clip_len'],
        modality='RGB',
        label=label,
    )
    return Compose(pipeline[decoded + 1 :])(results)


@pytest.mark.parametrize('name', CONFIGS)
def test_model_and_optimizer(name, monkeypatch):
    cfg = load(name)
    # mmpretrain reads the drop rates of Swin's blocks off a tensor.
    monkeypatch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    num_classes = cfg.train_dataloader.dataset.num_classes
    assert model.cls_head.fc_cls.out_features == num_classes
    if name in FULL:
        cfg.optim_wrapper.type = 'OptimWrapper'  # AMP's own needs a GPU.
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    settings = {
        id(parameter): (group['lr'], group['weight_decay'])
        for group in optim_wrapper.optimizer.param_groups
        for parameter in group['params']
    }
    assert len(settings) == len(list(model.parameters()))
    if name in FULL:
        for key, parameter in model.named_parameters():
            lr = 1e-4 if key.startswith('backbone.') else 1e-3
            undecayed = 'norm' in key or 'relative_position_bias_table' in key
            decay = 0.0 if undecayed else 0.02
            assert settings[id(parameter)] == pytest.approx((lr, decay)), key


@pytest.mark.parametrize('name', CONFIGS)
def test_pipelines(name):
    cfg = load(name)
    size = 224 if name in FULL else 64
    num_frames = 32 if name in FULL else 8
    views = {'train': 1, 'val': 1, 'test': 3}
    if 'k400' in name:
        views['test'] = 12
    elif name not in FULL:
        views['test'] = 6
    for split, count in views.items():
        dataset = cfg[f'{split}_dataloader'].dataset
        assert dataset.type == 'CheckedVideoDataset'
        packed = clip(dataset.pipeline)
        assert packed['inputs'].shape == (count, 3, num_frames, size, size)
        assert dataset.get('test_mode', False) == (split != 'train')


@pytest.mark.parametrize('name', ['tps_ssv1.py', 'tps_large_ssv2.py'])
def test_flip_exchanges_left_and_right(name):
    pipeline = load(name).train_dataloader.dataset.pipeline
    (flip,) = (t for t in pipeline if t['type'] == 'Flip')
    flip['flip_ratio'] = 1.0
    for label, flipped in [(86, 87), (87, 86), (93, 94), (167, 166), (5, 5)]:
        assert clip(pipeline, label)['data_samples'].gt_label.item() == flipped


def test_augmentation_treats_the_frames_of_a_clip_alike():
    pipeline = load('tps_ssv2.py').train_dataloader.dataset.pipeline
    (erase,) = (t for t in pipeline if t['type'] == 'RandomErasing')
    erase['erase_prob'] = 1.0
    for seed in range(3):
        np.random.seed(seed)
        frames = clip(pipeline)['inputs'][0]
        assert (frames == frames[:, :1]).all()
        erased = (frames[:, 0] == torch.tensor([123, 116, 103])[:, None, None]).all(0)
        assert 0.01 < erased.float().mean() < 0.34


@pytest.mark.parametrize('name', FULL)
def test_start_weights(name):
    cfg = load(name)
    if 'k400' in name:
        assert cfg.model.backbone.init_cfg.type == 'Pretrained'
        assert cfg.model.backbone.init_cfg.prefix == 'backbone.'
        assert cfg.load_from is None
    else:
        assert cfg.load_from.endswith(f'_{cfg.model.backbone.arch}_k400.pth')
