"""Frames equal Pillow's, and the other keys those of MMAction2's Resize."""

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope
from PIL import Image


def resize(kind, frame, **options):
    init_default_scope('mmaction')
    transform = TRANSFORMS.build(dict(type=kind, **options))
    return transform(dict(imgs=[frame.copy()] * 2, img_shape=frame.shape[:2]))


@pytest.mark.parametrize('size', [(11, 7), (64, 48)])
def test_equals_pillow(size):
    frame = np.random.default_rng(0).integers(0, 256, (30, 40, 3), dtype=np.uint8)
    expected = np.asarray(Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR))
    ours = resize('PillowResize', frame, scale=size, keep_ratio=False)
    theirs = resize('Resize', frame, scale=size, keep_ratio=False)
    assert ours.keys() == theirs.keys() and ours['img_shape'] == theirs['img_shape']
    for image in ours['imgs']:
        assert image.dtype == np.uint8 and np.array_equal(image, expected)
    difference = np.abs(theirs['imgs'][0].astype(int) - expected).mean()
    assert difference > 10 if size == (11, 7) else difference < 1, "OpenCV's"


def test_a_side_is_kept_in_proportion():
    frame = np.zeros((30, 40, 3), dtype=np.uint8)
    assert resize('PillowResize', frame, scale=(-1, 15))['imgs'][0].shape == (15, 20, 3)
