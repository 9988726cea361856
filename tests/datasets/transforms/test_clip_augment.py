"""Clips are augmented like single images, with one draw for all frames."""

import random
from itertools import chain

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope
from PIL import Image, ImageOps
from timm.data.auto_augment import auto_augment_transform
from torchvision.transforms import v2

from projects.xvit.datasets.transforms.clip_operations import augment
from projects.xvit.datasets.transforms.clip_warps import WARPS
from projects.xvit.datasets.transforms.value_tables import equalizing_tables

IMAGENET = dict(type='ClipAutoAugment', policy='imagenet', fill=(9, 99, 199))
EFFICIENTNET = dict(type='ClipAutoAugment', policy='v0', fill=128)
RAND = dict(type='ClipRandAugment', num_ops=3, magnitude=9, num_magnitude_bins=11)
CONFIGS = {'imagenet': IMAGENET, 'v0': EFFICIENTNET, 'rand': RAND}

# The image augmentations that these must equal, frame by frame.
ON_IMAGES = {
    'imagenet': v2.AutoAugment(fill=(9, 99, 199)),
    'v0': auto_augment_transform('v0', dict(img_mean=(128, 128, 128))),
    'rand': v2.RandAugment(3, 9, 11, fill=0),
}


def build(config, **options):
    init_default_scope('mmaction')
    return TRANSFORMS.build({**config, **options})


def set_seed(seed):
    random.seed(seed)
    torch.manual_seed(seed)


def noise(num_frames, height=20, width=28):
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize('name', CONFIGS)
def test_each_frame_is_augmented_as_an_image(name):
    clip, augment = noise(3), build(CONFIGS[name])
    results, black = set(), 0
    for seed in range(150):
        set_seed(seed)
        got = augment(dict(imgs=clip, clip_len=3, num_clips=1))['imgs']
        results.add(got[0].tobytes())
        try:
            expected = []
            for frame in clip:
                set_seed(seed)
                expected.append(np.asarray(ON_IMAGES[name](Image.fromarray(frame))))
        except ValueError as error:
            # Pillow refuses v0's 0 bits: the frame is black, before what follows.
            assert name == 'v0' and 'bits must be' in str(error)
            expected = np.zeros_like(clip)
        black += not np.any(expected)
        assert np.array_equal(got, expected), seed
    assert len(results) > 15
    assert (black > 0) == (name == 'v0')


@pytest.mark.parametrize('bits', range(1, 9))
def test_frames_of_few_values_are_equalized_as_images(bits):
    """Of one value, of almost one, dark, bright, and with most pixels at the end."""
    rng = np.random.default_rng(bits)
    frame = rng.integers(0, 2**bits, (40, 50, 3), dtype=np.uint8)
    flat = np.full_like(frame, 77)
    speck = flat.copy()
    speck[3, 5] = 78, 76, 77
    bright, ends = 255 - frame, np.where(frame > 2**bits // 3, 255, frame)
    for odd in (frame, flat, speck, bright, ends.astype(np.uint8)):
        expected = np.asarray(ImageOps.equalize(Image.fromarray(odd)))
        (table,) = equalizing_tables([odd])
        assert np.array_equal(table[0, odd, [0, 1, 2]], expected)


def test_opencv_shears_translates_and_rotates_as_pillow_does():
    """On a smooth picture, with the same draws. Only the image's edge may differ."""
    y, x = np.mgrid[:96, :128]
    waves = [np.sin(x / 9 + y / 17), np.sin(x / 14 - y / 8), np.cos((x + y) / 21)]
    frame = (127 + 90 * np.stack(waves, axis=2)).astype(np.uint8)
    pillow, opencv = (build(EFFICIENTNET, backend=name) for name in ('pillow', 'cv2'))
    policies = [step.draw.func.policy for step in (pillow, opencv)]
    seen = set()
    for one, other in zip(*(chain(*policy) for policy in policies), strict=True):
        if one.name in WARPS:
            one.prob = other.prob = 1
            for seed in range(3):
                set_seed(seed)
                expected = augment([frame], one([]))[0].astype(int)
                state = random.getstate()
                set_seed(seed)
                got = augment([frame], other([]))[0].astype(int)
                assert random.getstate() == state
                difference = np.abs(got - expected).max(axis=2)
                assert np.median(difference) <= 1 and (difference > 4).mean() < 0.05
            seen.add(one.name)
    assert seen == {'ShearX', 'ShearY', 'TranslateYRel', 'Rotate'}


@pytest.mark.parametrize('policy', ['cifar10', 'svhn'])
def test_torchvisions_other_policies(policy):
    set_seed(0)
    got = build(IMAGENET, policy=policy, fill=7)(dict(imgs=noise(1)))['imgs'][0]
    set_seed(0)
    on_image = v2.AutoAugment(v2.AutoAugmentPolicy(policy), fill=7)
    assert np.array_equal(got, np.asarray(on_image(Image.fromarray(noise(1)[0]))))


@pytest.mark.parametrize(
    ('config', 'error', 'message'),
    [
        (dict(IMAGENET, policy='v1'), ValueError, "'v1' is not a valid AutoAugmentPolicy"),
        (dict(IMAGENET, fill='grey'), ValueError, "fill must be .* got 'grey'"),
        (dict(IMAGENET, backend='cv2'), ValueError, "needs policy='v0', got 'imagenet'"),
        (dict(IMAGENET, backend='pil'), ValueError, "backend must be .* got 'pil'"),
        (dict(RAND, fill=[1, 2]), ValueError, r'fill must be 1 or 3 values'),
        (dict(RAND, fill=256), ValueError, r'fill must be .* 0 to 255, got 256'),
        (dict(RAND, num_ops=0), ValueError, 'num_ops must be at least 1, got 0'),
        (dict(RAND, magnitude=11), ValueError, 'magnitude must be below .*=11, got 11'),
        (dict(RAND, magnitude=-1), ValueError, 'magnitude must be at least 0, got -1'),
        (dict(RAND, magnitude=0.5), TypeError, 'magnitude must be an integer, got 0.5'),
    ],
)
def test_bad_arguments_are_named(config, error, message):
    with pytest.raises(error, match=message):
        build(config)
