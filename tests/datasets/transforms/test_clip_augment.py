"""What the image augmentations make of single frames, they make of all frames of a clip."""

import random
from functools import partial

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import worker_init_fn
from mmengine.registry import init_default_scope
from PIL import Image
from timm.data.auto_augment import auto_augment_transform
from torch.utils.data import DataLoader, Dataset
from torchvision.transforms import v2

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
            # Pillow refuses the 0 bits that v0 asks for: all black, before what follows.
            assert name == 'v0' and 'bits must be' in str(error)
            expected = np.zeros_like(clip)
        black += not np.any(expected)
        assert np.array_equal(got, expected), seed
    assert len(results) > 15
    assert (black > 0) == (name == 'v0')


@pytest.mark.parametrize('name', CONFIGS)
def test_form_is_kept(name):
    clip = noise(2, height=17, width=31)
    before = [frame.copy() for frame in clip]
    results = build(CONFIGS[name])(dict(imgs=clip, label=5))
    assert results['label'] == 5
    assert isinstance(results['imgs'], list) and len(results['imgs']) == 2
    for frame in results['imgs']:
        assert isinstance(frame, np.ndarray)
        assert frame.dtype == np.uint8 and frame.shape == (17, 31, 3)
        assert frame.flags.writeable and frame.flags.c_contiguous
    assert np.array_equal(clip, before), 'the frames before were changed'


@pytest.mark.parametrize('name', CONFIGS)
@pytest.mark.parametrize(
    ('clip_len', 'draws'),
    [
        (2, [0, 0, 1, 1]),  # two clips, each with its own draw
        (4, [0, 0, 0, 0]),
        (1, [0, 0, 0, 0]),  # TSN's four single frames are one clip
        (None, [0, 0, 0, 0]),
    ],
)
def test_one_draw_for_a_clip(name, clip_len, draws):
    augment, still = build(CONFIGS[name]), noise(1) * 4
    results = dict(clip_len=clip_len, num_clips=4 // clip_len) if clip_len else {}
    clips_differ = False
    for seed in range(20):
        set_seed(seed)
        out = augment(dict(imgs=list(still), **results))['imgs']
        for frame, draw in zip(out, draws):
            assert np.array_equal(frame, out[draws.index(draw)])
        clips_differ |= not np.array_equal(out[0], out[-1])
    assert clips_differ == (clip_len == 2)


@pytest.mark.parametrize('policy', ['cifar10', 'svhn'])
def test_torchvisions_other_policies(policy):
    set_seed(0)
    got = build(IMAGENET, policy=policy, fill=7)(dict(imgs=noise(1)))['imgs'][0]
    set_seed(0)
    on_image = v2.AutoAugment(v2.AutoAugmentPolicy(policy), fill=7)
    assert np.array_equal(got, np.asarray(on_image(Image.fromarray(noise(1)[0]))))


class Augmented(Dataset):
    """The same frame over and over, augmented in the data worker."""

    def __init__(self, config):
        self.augment = build(config)

    def __len__(self):
        return 16

    def __getitem__(self, index):
        return torch.from_numpy(self.augment(dict(imgs=noise(1)))['imgs'][0])


@pytest.mark.parametrize('name', CONFIGS)
def test_seeded_workers_repeat_and_differ(name):
    """Data workers seeded as MMEngine's Runner seeds them."""

    def epoch(seed):
        init = partial(worker_init_fn, num_workers=2, rank=0, seed=seed)
        loader = DataLoader(
            Augmented(CONFIGS[name]), batch_size=8, num_workers=2, worker_init_fn=init
        )
        return torch.stack(list(loader))  # one batch from each worker

    once = epoch(5)
    assert torch.equal(once, epoch(5))
    assert not torch.equal(once[0], once[1])
    assert not torch.equal(once, epoch(50))


@pytest.mark.parametrize(
    ('config', 'error', 'message'),
    [
        (dict(IMAGENET, policy='v1'), ValueError, "'v1' is not a valid AutoAugmentPolicy"),
        (dict(IMAGENET, fill='grey'), ValueError, "fill must be .* got 'grey'"),
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


@pytest.mark.parametrize(
    ('results', 'message'),
    [
        (dict(imgs=[np.ones((4, 4, 3))]), r'uint8 frames.* got \(4, 4, 3\) float64'),
        (dict(imgs=[np.ones((4, 4), 'u1')]), r'\(H, W, 3\) .* got \(4, 4\) uint8'),
        (dict(imgs=noise(3), clip_len=2), 'clips of 2 frames, got 3'),
    ],
)
def test_bad_frames_are_named(results, message):
    with pytest.raises(ValueError, match=message):
        build(RAND)(results)


def test_repr_names_what_was_asked_for():
    assert repr(build(EFFICIENTNET)) == (
        "ClipAutoAugment(policy='v0', fill=(128, 128, 128))"
    )
    assert repr(build(RAND)) == (
        'ClipRandAugment(num_ops=3, magnitude=9, num_magnitude_bins=11, fill=(0, 0, 0))'
    )
