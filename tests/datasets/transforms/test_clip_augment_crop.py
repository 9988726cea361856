"""An augmentation that knows the crop gives what the augmentation and the crop give."""

import pickle
import random

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope

from projects.xvit.datasets.transforms.clip_operations import (
    augment,
    efficientnet_policy,
)
from projects.xvit.datasets.transforms.crop_region import kept_region

AUGMENT = dict(type='ClipAutoAugment', policy='v0', fill=(9, 99, 199))
JITTER = [
    dict(type='RandomRescale', scale_range=(30, 50)),
    dict(type='RandomCrop', size=28),
]
FIXED = dict(type='Resize', scale=(20, 15), keep_ratio=False)
CROPS = {
    'jitter': JITTER,
    'all of it': [dict(type='RandomRescale', scale_range=(27, 29))],
    "from Python's numbers": [
        dict(type='MultiScaleCrop', input_size=32, scales=(1, 0.75), num_fixed_crops=13)
    ],
    'from both': [dict(type='RandomResizedCrop', area_range=(0.1, 0.4))],
    'three': [dict(type='Resize', scale=(-1, 24)), dict(type='ThreeCrop', crop_size=24)],
    'flipped': [*JITTER, dict(type='Flip', flip_ratio=0.5)],
    'shrunk': [
        dict(type='CenterCrop', crop_size=(24, 36)),
        dict(type='Resize', scale=(9, 6), keep_ratio=False, interpolation='area'),
    ],
}
SUB_POLICIES = range(25)


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def states():
    numpy = np.random.get_state()
    return random.getstate(), numpy[1].tolist(), numpy[2:], torch.get_rng_state().tolist()


def noise(num_frames=2, height=40, width=56):
    """Half of it smooth, and not of all values."""
    y, x = np.mgrid[:height, :width, :3][:2]
    frames = np.random.default_rng(0).integers(
        20, 230, (num_frames, height, width, 3), dtype=np.uint8
    )
    frames[:, :, width // 2 :] = (x + 2 * y + 40)[:, width // 2 :] % 256
    return list(frames)


def pipelines(crop, index=None, **options):
    """With the crop in the augmentation, and after it. All draws of one sub-policy."""
    init_default_scope('mmaction')
    config = {**AUGMENT, **options}
    steps = Compose([{**config, 'crop': crop}]), Compose([config, *crop])
    if index is not None:
        for step in steps:
            policy = step.transforms[0].draw.func
            policy.policy = [policy.policy[index]]
            for operation in policy.policy[0]:
                operation.prob = 1.0
    return steps


def run(pipeline, seed, frames, **keys):
    set_seed(seed)
    height, width = frames[0].shape[:2]
    sample = dict(imgs=list(frames), img_shape=(height, width), modality='RGB', label=0)
    return pipeline({**sample, **keys}), states()


def both(crop, seed, frames, index=None, keys=None, **options):
    (got, after), (expected, as_after) = (
        run(pipeline, seed, frames, **(keys or {}))
        for pipeline in pipelines(crop, index, **options)
    )
    assert after == as_after
    assert list(got) == list(expected)
    for key in expected:
        assert key == 'imgs' or np.array_equal(got[key], expected[key]), key
    assert all(frame.dtype == np.uint8 for frame in got['imgs'])
    return np.array(got['imgs'], dtype=int), np.array(expected['imgs'], dtype=int)


@pytest.mark.parametrize('index', SUB_POLICIES)
def test_every_pair_of_operations(index):
    """Frames of even and odd sides. Crops of some seeds touch the edges."""
    for seed in range(8):
        for frames in (noise(), noise(1, 41, 57), noise(1, 57, 40)):
            got, expected = both(JITTER, seed, frames, index)
            assert np.array_equal(got, expected), seed


@pytest.mark.parametrize('index', SUB_POLICIES)
def test_opencv_differs_by_rounding(index):
    for seed in range(4):
        got, expected = both(JITTER, seed, noise(), index, backend='cv2')
        difference = abs(got - expected)
        assert difference.max() <= 2 and (difference > 0).mean() < 0.01


@pytest.mark.parametrize('name', CROPS)
def test_every_kind_of_crop(name):
    seen = set()
    for seed in range(40):
        got, expected = both(CROPS[name], seed, noise())
        assert np.array_equal(got, expected), seed
        seen.add(got.tobytes())
    assert len(seen) > 10


@pytest.mark.parametrize(('height', 'width'), [(256, 340), (240, 427), (150, 120)])
def test_sizes_of_videos(height, width):
    crop = [
        dict(type='RandomRescale', scale_range=(256, 320)),
        dict(type='RandomCrop', size=224),
    ]
    frames = noise(1, height, width)
    for seed in range(6):
        got, expected = both(crop, seed, frames)
        assert got.shape == (1, 224, 224, 3) and np.array_equal(got, expected)


def test_each_clip_has_its_own_draw():
    still = noise(1) * 6
    differ = False
    for seed in range(20):
        got, expected = both(JITTER, seed, still, keys=dict(clip_len=3, num_clips=2))
        assert np.array_equal(got, expected)
        assert np.array_equal(got[0], got[2]) and np.array_equal(got[3], got[5])
        differ |= not np.array_equal(got[0], got[3])
    assert differ


def test_frames_of_two_sizes():
    frames = [*noise(1), *noise(1, 31, 44)]
    crop = [FIXED, dict(type='RandomCrop', size=11)]
    for seed in range(20):
        assert np.array_equal(*both(crop, seed, frames))


def test_what_is_given_stays_as_it_was():
    crop = [dict(type='CenterCrop', crop_size=20), dict(type='Flip', flip_ratio=1)]
    frames = noise()
    before = [frame.copy() for frame in frames]
    pipeline, _ = pipelines(crop)
    pipeline = pickle.loads(pickle.dumps(pipeline))  # As data workers get it.
    for seed in range(20):
        got = run(pipeline, seed, frames)[0]['imgs']
        assert got[0].shape == (20, 20, 3) and not np.shares_memory(got[0], frames[0])
        assert np.array_equal(frames, before)


@pytest.mark.parametrize('backend', ['pillow', 'cv2'])
def test_a_region_is_that_of_the_whole(backend):
    """Small regions in all corners and in the middle."""
    draw, frames = efficientnet_policy((1, 2, 3), backend), noise(1)
    for seed in range(100):
        random.seed(seed)
        operations = draw()
        (whole,) = augment(frames, operations)
        for rows, columns in ((0, 0), (0, 44), (32, 44), (32, 0), (15, 22)):
            region = slice(rows, rows + 8), slice(columns, columns + 12)
            (part,) = augment(frames, operations, region)
            difference = abs(part[region].astype(int) - whole[region])
            assert difference.max() <= (2 if backend == 'cv2' else 0)
            assert part.shape == whole.shape


def check_region(crop):
    """Change the pixels outside the region, and see that the crop is the same."""
    init_default_scope('mmaction')
    crop = Compose(crop)
    (frame,) = noise(1, 120, 150)
    shares = []
    for seed in range(10):
        set_seed(seed)
        before = states()
        region = kept_region(crop, dict(imgs=[frame], img_shape=(120, 150)))
        assert states() == before
        expected = crop(dict(imgs=[frame], img_shape=(120, 150)))['imgs'][0]
        changed = 255 - frame
        changed[region] = frame[region]
        set_seed(seed)
        got = crop(dict(imgs=[changed], img_shape=(120, 150)))['imgs'][0]
        assert np.array_equal(got, expected)
        shares.append((changed == frame).mean())
    return shares


@pytest.mark.parametrize('scale', [(80, 60), (51, 39), (23, 11), (300, 240)])
@pytest.mark.parametrize(
    'interpolation', ['nearest', 'bilinear', 'bicubic', 'area', 'lanczos']
)
def test_pixels_outside_the_region_do_not_matter(scale, interpolation):
    """Interpolation reads pixels beside the crop."""
    resize = dict(FIXED, scale=scale, interpolation=interpolation)
    shares = check_region([resize, dict(type='RandomCrop', size=min(scale) // 3)])
    assert max(shares) < 0.8 and len(set(shares)) > 1
    if scale == (300, 240) and interpolation == 'bilinear':
        # A third of the rows, 80 of 300 columns, and up to 3 pixels to each side.
        assert max(shares) < 46 * 46 / (120 * 150) + 0.01


def test_the_region_is_large_enough_when_frames_are_resized_twice():
    """Of 10 x 8 large pixels, the crop shows a part of two."""
    small, large = dict(FIXED, scale=(10, 8)), dict(FIXED, scale=(300, 240))
    assert max(check_region([small, large, dict(type='RandomCrop', size=20)])) < 0.5


@TRANSFORMS.register_module()
class Brighten:
    def __call__(self, results):
        return results | dict(imgs=[frame + 1 for frame in results['imgs']])


def test_frames_that_are_too_small_are_left_to_mmaction():
    init_default_scope('mmaction')
    for steps in ([AUGMENT, *JITTER[1:]], [dict(AUGMENT, crop=JITTER[1:])]):
        with pytest.raises(AssertionError):
            run(Compose(steps), 0, noise(2, 20, 56))


def test_a_crop_that_does_more_is_refused():
    erase = dict(type='RandomErasing', erase_prob=1.0)
    init_default_scope('mmaction')
    for more in (erase, dict(type='Brighten')):
        step = TRANSFORMS.build(dict(AUGMENT, crop=[*JITTER, more]))
        with pytest.raises(ValueError, match='crop must only resize, crop and flip'):
            run(step, 0, noise())
    with pytest.raises(ValueError, match=r"crop=.*Erasing.* needs policy='v0', got 'svhn'"):
        TRANSFORMS.build(dict(type='ClipAutoAugment', policy='svhn', crop=[erase]))
