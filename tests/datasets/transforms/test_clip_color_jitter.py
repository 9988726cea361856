"""LAPS's colour changes are torchvision's, with one draw for all frames of a clip."""

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope
from torchvision.transforms import functional

NONE = dict(brightness=(1, 1), saturation=(1, 1), gamma=(1, 1), hue=(0, 0))


def build(**options):
    init_default_scope('mmaction')
    return TRANSFORMS.build(dict(type='ClipColorJitter', **options))


def noise(num_frames):
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (num_frames, 20, 28, 3), dtype=np.uint8))


def draw(seed, prob):
    """Draw the strengths again from NumPy's generator. ``None`` is a change left out."""
    np.random.seed(seed)
    ranges = dict(
        brightness=(0.5, 2), saturation=(0.5, 3), gamma=(0.8, 1.2), hue=(-0.5, 0.5)
    )
    return {
        name: np.random.uniform(*limits) if np.random.rand() < prob else None
        for name, limits in ranges.items()
    }


@pytest.mark.parametrize('prob', [0.5, 1.0])
def test_equals_torchvision_on_the_clip(prob):
    """In this order, on a ``(T, 3, H, W)`` tensor of uint8, as LAPS's authors call it."""
    frames, seen = noise(3), set()
    for seed in range(20):
        strengths = draw(seed, prob)
        expected = torch.as_tensor(np.stack(frames)).permute(0, 3, 1, 2)
        for name, strength in strengths.items():
            if strength is not None:
                expected = getattr(functional, f'adjust_{name}')(expected, strength)
        np.random.seed(seed)
        got = build(prob=prob)(dict(imgs=frames, clip_len=3, num_clips=1))['imgs']
        assert np.array_equal(np.stack(got), expected.permute(0, 2, 3, 1).numpy())
        seen |= {name for name, strength in strengths.items() if strength is not None}
    assert seen == {'brightness', 'saturation', 'gamma', 'hue'}


@pytest.mark.parametrize(
    ('name', 'strong', 'pixel', 'expected'),
    [
        ('brightness', (2, 2), (10, 100, 200), (20, 200, 255)),
        ('saturation', (0, 0), (10, 100, 200), (84, 84, 84)),  # The grey, rounded down.
        ('gamma', (2, 2), (0, 128, 255), (0, 64, 255)),
        ('hue', (0.5, 0.5), (255, 0, 0), (0, 255, 255)),
    ],
)
def test_changes_in_numbers(name, strong, pixel, expected):
    augment = build(prob=1.0, **{**NONE, name: strong})
    frame = np.full((2, 2, 3), pixel, dtype=np.uint8)
    got = augment(dict(imgs=[frame]))['imgs'][0]
    assert got[0, 0].tolist() == list(expected)
    assert (got == got[0, 0]).all() and frame[0, 0].tolist() == list(pixel)


def test_each_happens_with_its_probability():
    strong = dict(brightness=(0, 0), saturation=(0, 0), gamma=(0, 0), hue=(0.5, 0.5))
    frame = np.full((2, 2, 3), (200, 100, 50), dtype=np.uint8)
    np.random.seed(0)
    for name, limits in strong.items():
        augment = build(prob=0.1, **{**NONE, name: limits})
        changed = [
            not np.array_equal(augment(dict(imgs=[frame]))['imgs'][0], frame)
            for _ in range(1000)
        ]
        assert 60 < sum(changed) < 140, name  # The standard deviation is 9.5.


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (dict(prob=1.5), ValueError, 'prob must be from 0 to 1, got 1.5'),
        (dict(brightness=2.0), TypeError, 'unpack'),
        (dict(brightness=(2, 1)), ValueError, r'brightness .* lower first, got \(2, 1\)'),
        (dict(saturation=(-1, 1)), ValueError, 'saturation must be two numbers from 0'),
        (dict(hue=(-0.6, 0.5)), ValueError, 'hue must be .* from -0.5 to 0.5, .*-0.6'),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        build(**options)
