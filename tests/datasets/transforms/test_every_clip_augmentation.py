"""What all augmentations of clips have in common."""

import random
from functools import partial

import numpy as np
import pytest
import torch
from mmaction.registry import TRANSFORMS
from mmengine.dataset import worker_init_fn
from mmengine.registry import init_default_scope
from torch.utils.data import DataLoader, Dataset

CONFIGS = {
    'imagenet': dict(type='ClipAutoAugment', policy='imagenet', fill=(9, 99, 199)),
    'v0': dict(type='ClipAutoAugment', policy='v0', fill=128),
    'rand': dict(type='ClipRandAugment', num_ops=3, magnitude=9, num_magnitude_bins=11),
    'color': dict(type='ClipColorJitter', prob=1.0),
    'imgaug': dict(type='ClipImgAugment'),
}


@pytest.fixture(params=CONFIGS)
def augment(request):
    init_default_scope('mmaction')
    return TRANSFORMS.build(CONFIGS[request.param])


def set_seed(seed):
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


def noise(num_frames, height=20, width=28):
    rng = np.random.default_rng(0)
    return list(rng.integers(0, 256, (num_frames, height, width, 3), dtype=np.uint8))


@pytest.mark.parametrize('cropped', [False, True])
def test_form_is_kept(augment, cropped):
    clip = noise(2, height=17, width=31)
    if cropped:  # MMAction2's crops are views into larger frames.
        clip = [np.pad(frame, ((1, 1), (2, 2), (0, 0)))[1:-1, 2:-2] for frame in clip]
    before = [frame.copy() for frame in clip]
    for seed in range(20):
        set_seed(seed)
        results = augment(dict(imgs=clip, label=5))
        assert results['label'] == 5
        assert isinstance(results['imgs'], list) and len(results['imgs']) == 2
        for frame in results['imgs']:
            assert isinstance(frame, np.ndarray)
            assert frame.dtype == np.uint8 and frame.shape == (17, 31, 3)
            assert frame.flags.writeable and frame.flags.c_contiguous
        assert np.array_equal(clip, before), 'the frames before were changed'


@pytest.mark.parametrize(
    ('clip_len', 'draws'),
    [
        (2, [0, 0, 1, 1]),  # Two clips, each with its own draw.
        (4, [0, 0, 0, 0]),
        (1, [0, 0, 0, 0]),  # TSN's four single frames are one clip.
        (None, [0, 0, 0, 0]),
    ],
)
def test_one_draw_for_a_clip(augment, clip_len, draws):
    still = noise(1) * 4
    results = dict(clip_len=clip_len, num_clips=4 // clip_len) if clip_len else {}
    clips_differ = False
    for seed in range(20):
        set_seed(seed)
        out = augment(dict(imgs=list(still), **results))['imgs']
        for frame, draw in zip(out, draws):
            assert np.array_equal(frame, out[draws.index(draw)])
        clips_differ |= not np.array_equal(out[0], out[-1])
    assert clips_differ == (clip_len == 2)


class Augmented(Dataset):
    """The same frame over and over, augmented in the data worker."""

    def __init__(self, augment):
        self.augment = augment

    def __len__(self):
        return 16

    def __getitem__(self, index):
        return torch.from_numpy(self.augment(dict(imgs=noise(1)))['imgs'][0])


def test_seeded_workers_repeat_and_differ(augment):
    """Data workers are seeded as MMEngine's Runner seeds them."""

    def epoch(seed):
        init = partial(worker_init_fn, num_workers=2, rank=0, seed=seed)
        loader = DataLoader(
            Augmented(augment), batch_size=8, num_workers=2, worker_init_fn=init
        )
        return torch.stack(list(loader))  # One batch from each worker.

    once = epoch(5)
    assert torch.equal(once, epoch(5))
    assert not torch.equal(once[0], once[1])
    assert not torch.equal(once, epoch(50))


@pytest.mark.parametrize(
    ('results', 'message'),
    [
        (dict(imgs=[np.ones((4, 4, 3))]), r'uint8 frames.* got \(4, 4, 3\) float64'),
        (dict(imgs=[np.ones((4, 4), 'u1')]), r'\(H, W, 3\) .* got \(4, 4\) uint8'),
        (dict(imgs=noise(3), clip_len=2), 'clips of 2 frames, got 3'),
    ],
)
def test_bad_frames_are_named(augment, results, message):
    with pytest.raises(ValueError, match=message):
        augment(results)
