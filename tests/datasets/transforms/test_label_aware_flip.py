"""Clips of some classes are never flipped, others as by MMAction2's Flip."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope


def build(**options):
    init_default_scope('mmaction')
    return TRANSFORMS.build(dict(type='LabelAwareFlip', **options))


def clip(label):
    frames = np.arange(2 * 4 * 6 * 3, dtype=np.uint8).reshape(2, 4, 6, 3)
    return dict(
        imgs=[frame.copy() for frame in frames],
        img_shape=(4, 6),
        modality='RGB',
        label=label,
    )


@pytest.mark.parametrize('ratio', [0.0, 0.25, 0.5, 1.0])
def test_how_often_a_class_is_flipped(ratio):
    flip = build(flip_ratio=ratio, fixed_labels=(3, 7))
    original = np.stack(clip(0)['imgs'])
    np.random.seed(0)
    for label in (0, 3, 4, 7):
        count = 0
        for _ in range(400):
            results = flip(clip(label))
            frames = np.stack(results['imgs'])
            flipped = not np.array_equal(frames, original)
            expected = original[:, :, ::-1] if flipped else original
            assert np.array_equal(frames, expected)
            assert results['flip'] == flipped and results['label'] == label
            count += flipped
        if label in (3, 7):
            assert count == 0
        else:
            assert abs(count - 400 * ratio) <= 40  # Four standard deviations.


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (dict(flip_ratio=2), ValueError, 'flip_ratio must be from 0 to 1, got 2'),
        (dict(fixed_labels=3), TypeError, 'not iterable'),
        (dict(fixed_labels=(1, '2')), TypeError, "fixed_labels must be an int.* got '2'"),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        build(**options)


def test_a_label_that_is_no_class_is_named():
    with pytest.raises(TypeError, match=r'label must be an integer, got \[1, 0\]'):
        build()(clip([1, 0]))
