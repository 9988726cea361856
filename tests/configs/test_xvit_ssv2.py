"""X-ViT's Something-Something recipe: the output of the pipelines."""

import random

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope


@pytest.fixture(scope='module')
def cfg():
    init_default_scope('mmaction')
    return Config.fromfile('configs/xvit_ssv2.py')


@pytest.mark.parametrize(('split', 'views'), [('train', 1), ('val', 1), ('test', 6)])
def test_pipelines_take_a_real_video(cfg, motion, split, views):
    sample = dict(
        filename=str(motion / 'val/00000.mp4'), label=3, start_index=0, modality='RGB'
    )
    packed = Compose(cfg[f'{split}_pipeline'])(sample)
    assert packed['inputs'].shape == (views, 3, 16, 224, 224)
    assert packed['data_samples'].gt_label.item() == 3


def test_views_are_three_crops_of_two_clips(cfg, motion):
    """The last crop is the centre crop, and its first clip is that of validation."""
    video = dict(
        filename=str(motion / 'val/00000.mp4'), label=3, start_index=0, modality='RGB'
    )
    views = Compose(cfg.test_pipeline)(dict(video))['inputs']
    one = Compose(cfg.val_pipeline)(dict(video))['inputs'][0]
    assert torch.equal(views[4], one)
    assert not torch.equal(views[5], one)


@pytest.mark.parametrize('num_frames', [1, 7, 15, 16, 17, 33, 48, 100, 200, 301])
def test_segments(cfg, num_frames):
    """One frame from each of 16 segments: the middle ones in validation and in the first
    test view, the first ones in the second test view."""
    train, val, test = (
        TRANSFORMS.build(cfg[f'{split}_pipeline'][1]) for split in ('train', 'val', 'test')
    )
    edges = np.round((num_frames - 1) / 16 * np.arange(17)).astype(int)
    video = dict(total_frames=num_frames, start_index=0)
    drawn = np.stack([train(dict(video))['frame_inds'] for _ in range(50)])
    assert (drawn >= edges[:-1]).all() and (drawn <= edges[1:]).all()
    middle = (edges[:-1] + edges[1:]) // 2
    assert val(dict(video))['frame_inds'].tolist() == middle.tolist()
    views = test(dict(video))['frame_inds'].reshape(2, 16)
    assert views.tolist() == [middle.tolist(), edges[:-1].tolist()]


def test_augmentation_is_the_same_on_all_frames(cfg):
    """A still clip stays still through AutoAugment, scale jitter, crop and erasing."""
    still = np.random.default_rng(0).integers(0, 256, (240, 320, 3), dtype=np.uint8)
    augment = Compose(cfg.train_pipeline[3:7])
    changed = set()
    for seed in range(12):
        random.seed(seed)
        np.random.seed(seed)
        clip = augment(dict(imgs=[still.copy() for _ in range(4)], img_shape=(240, 320)))
        first, *others = clip['imgs']
        assert first.shape == (224, 224, 3)
        assert all(np.array_equal(first, other) for other in others)
        changed.add(first.tobytes())
    assert len(changed) == 12
