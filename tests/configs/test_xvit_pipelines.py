"""What X-ViT's training pipelines do to frames: scale, flip and erase."""

import random
from pathlib import Path

import numpy as np
import pytest
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from projects.xvit.datasets.transforms.crop_region import join_crops

CONFIGS = Path(__file__).parents[2] / 'configs'
DRAWS = 200


def steps_of(name):
    init_default_scope('mmaction')
    pipeline = Config.fromfile(CONFIGS / f'{name}.py').train_dataloader.dataset.pipeline
    types = [step.type for step in pipeline]
    return pipeline[types.index('DecordDecode') + 1 : types.index('FormatShape')]


def run(steps, seed, frame, num_frames=2):
    random.seed(seed)
    np.random.seed(seed)
    clip = dict(
        imgs=[frame.copy() for _ in range(num_frames)],
        img_shape=frame.shape[:2],
        clip_len=num_frames,
        modality='RGB',
        label=0,
    )
    return Compose(steps)(clip)


def noise(height=60, width=80):
    rng = np.random.default_rng(0)
    return rng.integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize(
    'name', ['xvit_ssv2', 'xvit_ssv2_8f', 'xvit_ssv2_32f', 'xvit_epic']
)
def test_half_of_the_clips_are_erased(name):
    """The last step is a grey rectangle of 2 % to a third of the frame, the same in all
    frames."""
    steps = steps_of(name)
    *before, erase = steps
    # AutoAugment also adds grey, so these steps run without it.
    before = [step for step in before if step.type != 'ClipAutoAugment']
    areas = []
    for seed in range(DRAWS):
        plain = run(before, seed, noise())['imgs']
        imgs = run([*before, erase], seed, noise())['imgs']
        assert np.array_equal(*imgs)
        differs = (imgs[0] != plain[0]).any(axis=2)
        if differs.any():
            rows, columns = np.nonzero(differs.any(1))[0], np.nonzero(differs.any(0))[0]
            box = imgs[0][rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            assert (box == 128).all()
            areas.append(box[..., 0].size / 224**2)
            assert 0.28 < len(box) / box.shape[1] < 1 / 0.28
    assert 70 <= len(areas) <= 130  # Standard deviation 7.
    assert 0.018 < min(areas) < 0.06 and 0.28 < max(areas) < 0.34


@pytest.mark.parametrize('name', ['xvit_k400', 'xvit_k400_8f', 'xvit_k600'])
def test_kinetics_is_not_erased(name):
    steps = [step for step in steps_of(name) if step.type != 'ClipAutoAugment']
    bright = np.full((60, 80, 3), 250, dtype=np.uint8)
    for seed in range(DRAWS):
        assert np.all(run(steps, seed, bright, 1)['imgs'][0] == 250)


@pytest.mark.parametrize(
    ('name', 'ratio'),
    [
        ('xvit_ssv2', 0),
        ('xvit_ablation_window1', 0),
        ('xvit_epic', 0.5),
        ('xvit_k400', 0.5),
        ('xvit_k600', 0.5),
    ],
)
def test_how_many_clips_are_flipped(name, ratio):
    ramp = np.linspace(0, 255, 80).astype(np.uint8)[None, :, None]
    frame = np.ascontiguousarray(np.broadcast_to(ramp, (60, 80, 3)))
    skipped = ('ClipAutoAugment', 'RandomErasing')
    steps = [step for step in steps_of(name) if step.type not in skipped]
    flipped = 0
    for seed in range(DRAWS):
        row = run(steps, seed, frame, 1)['imgs'][0][0, :, 0].astype(int)
        assert abs(row[-1] - row[0]) > 50
        flipped += row[-1] < row[0]
    assert abs(flipped - ratio * DRAWS) <= (30 if ratio else 0)  # Standard deviation 7.


@pytest.mark.parametrize(
    ('name', 'shortest', 'longest'), [('xvit_ssv2', 256, 320), ('xvit_epic', 230, 333)]
)
def test_short_sides(name, shortest, longest):
    """EPIC: 0.9 to 1.3 times 256."""
    (rescale,) = [step for step in steps_of(name) if step.type == 'RandomRescale']
    sides = [min(run([rescale], seed, noise(), 1)['img_shape']) for seed in range(600)]
    assert shortest <= min(sides) <= shortest + 2
    assert longest - 2 <= max(sides) <= longest
    assert abs(np.mean(sides) - (shortest + longest) / 2) < 5


def test_augmentation_by_efficientnets_policy():
    """It uses Python's random numbers, and changes nearly all clips."""
    for name in ('xvit_ssv2', 'xvit_k400', 'xvit_epic'):
        first = steps_of(name)[0]
        changed = [
            not np.array_equal(run([first], seed, noise())['imgs'][0], noise())
            for seed in range(60)
        ]
        assert 30 < sum(changed) < 60
        assert first.type == 'ClipAutoAugment' and first.policy == 'v0'


@pytest.mark.parametrize(
    ('name', 'crop'),
    [
        ('xvit_ssv2', ['RandomRescale', 'RandomCrop']),
        ('xvit_ssv2_fast', ['RandomRescale', 'RandomCrop']),
        ('xvit_k400', ['MultiScaleCrop']),
        ('xvit_epic', ['RandomRescale', 'RandomCrop']),
    ],
)
def test_the_data_set_augments_what_the_crop_keeps(name, crop):
    """The same keys and pixels. OpenCV's warps differ by a level or two."""
    steps = steps_of(name)
    joined = join_crops(steps)
    assert [step.type for step in joined[0]['crop']] == crop
    assert len(joined) == len(steps) - len(crop)
    for seed in range(30):
        got, plain = (run(each, seed, noise()) for each in (joined, steps))
        images = [np.stack(each.pop('imgs')).astype(int) for each in (got, plain)]
        assert np.abs(images[0] - images[1]).max() <= (2 if 'fast' in name else 0)
        assert got.keys() == plain.keys() and got['img_shape'] == plain['img_shape']


def test_the_data_set_is_built_so(tmp_path):
    (tmp_path / 'list.txt').write_text('a.mp4 0\n')
    init_default_scope('mmaction')
    cfg = Config.fromfile(CONFIGS / 'xvit_ssv2.py')
    options = dict(cfg.train_dataloader.dataset)
    options |= dict(
        ann_file=str(tmp_path / 'list.txt'), data_root='', data_prefix=dict(video='')
    )
    steps = DATASETS.build(options).pipeline.transforms
    names = [type(step).__name__ for step in steps]
    assert 'RandomCrop' not in names and 'RandomErasing' in names
    (augment,) = [step for step in steps if type(step).__name__ == 'ClipAutoAugment']
    crop = [type(step).__name__ for step in augment.crop.transforms]
    assert crop == ['RandomRescale', 'RandomCrop']
