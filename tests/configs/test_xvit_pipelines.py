"""What X-ViT's training pipelines do to frames: scale, flip and erase."""

import random
from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

CONFIGS = Path(__file__).parents[2] / 'configs'
DRAWS = 200


def steps_of(name):
    init_default_scope('mmaction')
    pipeline = Config.fromfile(CONFIGS / f'{name}.py').train_dataloader.dataset.pipeline
    types = [step.type for step in pipeline]
    return pipeline[types.index('DecordDecode') + 1 : types.index('FormatShape')]


def without_augmentation(steps):
    """The crop that AutoAugment is given comes in its place."""
    return [
        each
        for step in steps
        for each in (step.crop if step.type == 'ClipAutoAugment' else [step])
    ]


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
    # AutoAugment also adds grey, so these steps run without it.
    *before, erase = without_augmentation(steps_of(name))
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
    steps = without_augmentation(steps_of(name))
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
    steps = without_augmentation(steps_of(name))
    steps = [step for step in steps if step.type != 'RandomErasing']
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
    steps = without_augmentation(steps_of(name))
    (rescale,) = [step for step in steps if step.type == 'RandomRescale']
    sides = [min(run([rescale], seed, noise(), 1)['img_shape']) for seed in range(600)]
    assert shortest <= min(sides) <= shortest + 2
    assert longest - 2 <= max(sides) <= longest
    assert abs(np.mean(sides) - (shortest + longest) / 2) < 5


@pytest.mark.parametrize('name', ['xvit_ssv2', 'xvit_k400', 'xvit_epic'])
def test_augmentation_by_efficientnets_policy(name):
    """It comes before the crop, uses Python's random numbers, and changes nearly all."""
    steps = steps_of(name)
    assert steps[0].type == 'ClipAutoAugment' and steps[0].policy == 'v0'
    policy = {key: value for key, value in steps[0].items() if key != 'crop'}
    changed = 0
    for seed in range(60):
        got = run(steps, seed, noise())['imgs']
        plain = run([policy, *without_augmentation(steps)], seed, noise())['imgs']
        assert np.array_equal(got, plain)
        augmented = run([policy], seed, noise())['imgs']
        changed += not np.array_equal(augmented[0], noise())
    assert 30 < changed < 60
