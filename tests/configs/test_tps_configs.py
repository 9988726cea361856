import random
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from mmaction.registry import MODELS, TRANSFORMS
from mmcv.transforms import Compose
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from mmengine.registry import init_default_scope

from projects.xvit.datasets import ClipImgAugment

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path.name for path in (ROOT / 'configs').glob('tps_*.py'))
FULL = [name for name in CONFIGS if 'motion' not in name]


def load(name):
    init_default_scope('mmaction')
    return Config.fromfile(ROOT / 'configs' / name)


def clip(pipeline, label=0):
    """The result of the transforms after decoding, for random frames of 240 x 320."""
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
    # mmpretrain reads the drop rates of Swin's blocks from a tensor.
    monkeypatch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
    with torch.device('meta'):
        model = MODELS.build(cfg.model)
    num_classes = cfg.train_dataloader.dataset.num_classes
    assert model.cls_head.fc_cls.out_features == num_classes
    if name in FULL:
        cfg.optim_wrapper.type = 'OptimWrapper'  # AmpOptimWrapper needs a GPU.
    optim_wrapper = build_optim_wrapper(model, cfg.optim_wrapper)
    settings = {
        id(parameter): (group['lr'], group['weight_decay'])
        for group in optim_wrapper.optimizer.param_groups
        for parameter in group['params']
    }
    assert len(settings) == len(list(model.parameters()))
    if name in FULL:
        # mmcv 1's rule: the longest key in a parameter's name counts.
        for key, parameter in model.named_parameters():
            if 'relative_position_bias_table' in key:
                expected = (1e-3, 0.0)
            elif 'backbone' in key:
                expected = (1e-4, 0.02)
            else:
                expected = (1e-3, 0.02)
            assert settings[id(parameter)] == pytest.approx(expected), key
        assert sum('norm' in key for key, _ in model.named_parameters()) > 20
        rates = [m.drop_prob for m in model.backbone.modules() if hasattr(m, 'drop_prob')]
        arch = cfg.model.backbone.arch
        assert max(rates) == pytest.approx(0.1 if arch == 'tiny' else 0.2)


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


def frames_of(pipeline, total):
    """Frame numbers of the clips, for a video of ``total`` frames."""
    np.random.seed(0)
    sample = TRANSFORMS.build(pipeline[1])
    return sample(dict(total_frames=total, start_index=0, avg_fps=30.0))['frame_inds']


LENGTHS = (1, 20, 31, 32, 48, 63, 64, 100, 300, 1001)


@pytest.mark.parametrize('name', [name for name in FULL if 'k400' not in name])
def test_frames_are_the_segments(name):
    """A segment's middle frame, ``(start + end) // 2``; in training, any of its frames."""
    cfg = load(name)
    for total in LENGTHS:
        edges = [round((total - 1) / 32 * i) for i in range(33)]
        middles = [(start + end) // 2 for start, end in pairwise(edges)]
        for split in ('val', 'test'):
            pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
            assert frames_of(pipeline, total).tolist() == middles
        drawn = frames_of(cfg.train_dataloader.dataset.pipeline, total)
        assert (drawn >= edges[:-1]).all() and (drawn <= edges[1:]).all()


@pytest.mark.parametrize('name', [name for name in FULL if 'k400' in name])
def test_frames_are_mmaction_0s(name):
    """Clip k of n starts at ``(k + 1 / 2) * (N - 63) / n``; in training, anywhere."""
    cfg = load(name)
    for total in LENGTHS:
        for split, clips in (('val', 1), ('test', 4)):
            expected = []
            for k in range(clips):
                start = int((k + 0.5) * (total - 64 + 1) / clips) if total > 63 else 0
                expected += [(start + 2 * i) % total for i in range(32)]
            pipeline = cfg[f'{split}_dataloader'].dataset.pipeline
            assert frames_of(pipeline, total).tolist() == expected
        drawn = frames_of(cfg.train_dataloader.dataset.pipeline, total)
        assert 0 <= drawn[0] <= max(total - 64, 0)
        assert drawn.tolist() == [(drawn[0] + 2 * i) % total for i in range(32)]


def flipped_by(name, label, draws=120):
    """The labels after training's pipeline of clips that it mirrored, and of the others."""
    pipeline = load(name).train_dataloader.dataset.pipeline
    types = [step['type'] for step in pipeline]
    (last,) = [index for index, kind in enumerate(types) if 'Flip' in kind]
    augment = Compose(pipeline[types.index('DecordDecode') + 1 : last + 1])
    ramp = np.linspace(0, 255, 64).astype(np.uint8)[None, :, None]
    frame = np.ascontiguousarray(np.broadcast_to(ramp, (48, 64, 3)))
    np.random.seed(0)
    random.seed(0)
    labels = dict(flipped=[], kept=[])
    for _ in range(draws):
        clip = dict(imgs=[frame.copy()] * 1, img_shape=(48, 64), modality='RGB')
        results = augment(dict(clip, label=label))
        row = results['imgs'][0][0, :, 0].astype(int)
        labels['flipped' if row[0] > row[-1] else 'kept'].append(results['label'])
    return labels


LEFT_RIGHT = {86: 87, 87: 86, 93: 94, 94: 93, 166: 167, 167: 166}


@pytest.mark.parametrize('name', [f'tps_{size}ssv2.py' for size in ('', 'base_', 'large_')])
def test_left_and_right_are_not_flipped_in_v2(name):
    for label in LEFT_RIGHT:
        assert flipped_by(name, label, 20) == dict(flipped=[], kept=[label] * 20)
    labels = flipped_by(name, 5)
    assert 40 <= len(labels['flipped']) <= 80  # Standard deviation 5.5.
    assert set(labels['flipped'] + labels['kept']) == {5}


@pytest.mark.parametrize('name', ['tps_ssv1.py', 'tps_large_ssv1.py'])
def test_left_and_right_change_places_in_v1(name):
    for label, mirrored in {**LEFT_RIGHT, 5: 5}.items():
        labels = flipped_by(name, label, 40)
        assert 8 <= len(labels['flipped']) <= 32  # Standard deviation 3.2.
        assert set(labels['flipped']) == {mirrored} and set(labels['kept']) == {label}


@pytest.mark.parametrize('name', ['tps_k400.py', 'tps_diving48.py'])
def test_every_class_is_flipped_elsewhere(name):
    labels = flipped_by(name, 40)
    assert 40 <= len(labels['flipped']) <= 80


@pytest.mark.parametrize('name', ['tps_ssv1.py', 'tps_ssv2.py', 'tps_diving48.py'])
def test_what_training_augments_and_erases(name):
    """After the flip: two of imgaug's operations, then a rectangle in the mean colour in a
    quarter of the clips. All are the same on all frames."""
    pipeline = load(name).train_dataloader.dataset.pipeline
    types = [step['type'] for step in pipeline]
    (flip,) = [index for index, kind in enumerate(types) if 'Flip' in kind]
    augment = Compose(pipeline[flip + 1 : types.index('FormatShape')])
    rng = np.random.default_rng(0)
    frame = rng.integers(30, 200, (56, 56, 3), dtype=np.uint8)
    expected = ClipImgAugment(num_ops=2, magnitude=9)
    np.random.seed(0)
    areas = []
    for _ in range(300):
        state = np.random.get_state()
        imgs = augment(dict(imgs=[frame] * 2, img_shape=(56, 56), clip_len=2))['imgs']
        after = np.random.get_state()
        assert np.array_equal(*imgs)
        np.random.set_state(state)
        augmented = expected(dict(imgs=[frame.copy()]))['imgs'][0]
        np.random.set_state(after)
        differs = (imgs[0] != augmented).any(axis=2)
        if differs.any():
            rows, columns = np.nonzero(differs.any(1))[0], np.nonzero(differs.any(0))[0]
            box = imgs[0][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            assert (box == (124, 116, 104)).all()
            areas.append(box[..., 0].size / 56**2)
    assert 45 <= len(areas) <= 105  # 75 of 300; standard deviation 7.5.
    assert min(areas) > 0.015 and 0.25 < max(areas) < 0.35


def test_kinetics_is_not_augmented_further():
    types = [s['type'] for s in load('tps_k400.py').train_dataloader.dataset.pipeline]
    assert types[types.index('Flip') + 1 :] == ['FormatShape', 'PackActionInputs']


@pytest.mark.parametrize('name', [name for name in FULL if 'k400' in name])
def test_start_weights(name):
    cfg = load(name)
    assert cfg.model.backbone.init_cfg.type == 'Pretrained'
    assert cfg.model.backbone.init_cfg.prefix == 'backbone.'
    assert cfg.load_from is None
