"""MMAction 0.x's RandAugment by imgaug, each operation against a plain loop."""

import math
from functools import partial

import numpy as np
import pytest
from mmaction.registry import TRANSFORMS
from mmengine.registry import init_default_scope

from projects.xvit.datasets.transforms import imgaug_operations as ops

GEOMETRY = ('shear_x', 'shear_y', 'translate_x', 'translate_y', 'rotate')
COLORS = ('color', 'contrast', 'brightness', 'sharpness', 'autocontrast', 'equalize')
NAMES = (*GEOMETRY, 'posterize', 'solarize', *COLORS, 'invert', 'cutout')


def build(**options):
    init_default_scope('mmaction')
    return TRANSFORMS.build(dict(type='ClipImgAugment', **options))


def noise(num_frames=1, height=24, width=32, low=0, high=256):
    rng = np.random.default_rng(0)
    frames = rng.integers(low, high, (num_frames, height, width, 3), dtype=np.uint8)
    return list(frames)


def ramp(height=24, width=32):
    """A smooth frame: an interpolated value tells where it comes from."""
    y, x = np.mgrid[:height, :width]
    return np.stack([4 * x + 60, 4 * y + 60, 2 * x + 3 * y + 60], axis=2).astype(np.uint8)


def nine(side=1, center=(0.5, 0.5)):
    """The operations at magnitude 9, by name."""
    return dict(zip(NAMES, ops.operations(0.9, (side,) * 5, center), strict=True))


def plain_warp(frame, back):
    """Each pixel (x, y), from the centre, gets the value at ``back(x, y)``."""
    height, width = frame.shape[:2]
    center_x, center_y = (width - 1) / 2, (height - 1) / 2
    result = np.zeros(frame.shape)
    for row in range(height):
        for column in range(width):
            x, y = back(column - center_x, row - center_y)
            x, y = x + center_x, y + center_y
            left, top = math.floor(x), math.floor(y)
            for near_y, near_x in ((0, 0), (0, 1), (1, 0), (1, 1)):
                source_y, source_x = top + near_y, left + near_x
                if 0 <= source_y < height and 0 <= source_x < width:
                    part = abs(1 - near_x - (x - left)) * abs(1 - near_y - (y - top))
                    result[row, column] += part * frame[source_y, source_x]
    return result


@pytest.mark.parametrize('side', [1, -1])
@pytest.mark.parametrize('name', GEOMETRY)
def test_geometry_is_imgaugs(name, side):
    """Against the inverse of shears, shifts by 18 % and a rotation by 27 degrees."""
    shear, turn = math.radians(15.471 * side), math.radians(27 * side)
    backs = dict(
        shear_x=lambda x, y: (x + math.tan(shear) * y, y / math.cos(shear)),
        shear_y=lambda x, y: (x / math.cos(shear), y - math.tan(shear) * x),
        translate_x=lambda x, y: (x - side * 0.18 * 32, y),
        translate_y=lambda x, y: (x, y - side * 0.18 * 24),
        rotate=lambda x, y: (
            math.cos(turn) * x + math.sin(turn) * y,
            math.cos(turn) * y - math.sin(turn) * x,
        ),
    )
    frame = ramp()
    got = nine(side)[name](frame)
    expected = plain_warp(frame, backs[name])
    assert got.dtype == np.uint8
    # OpenCV interpolates in steps of 1/32 pixel, where the frame changes by 4 greys per
    # pixel inside and by 190 at its edge.
    difference = np.abs(got - expected)
    inside = plain_warp(np.full_like(frame, 255), backs[name]) > 254.9
    assert inside.mean() > 0.5 and not inside.all()
    assert difference[inside].max() < 1 and difference.max() < 6


def test_values_are_changed_as_by_imgaug():
    """Against a plain rule for every value; for Pillow's, the formulas of its manual."""
    frame = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, axis=2)
    got = {name: nine()[name](frame)[..., 0].ravel().tolist() for name in NAMES[5:14]}
    assert got['posterize'] == [32 * (value // 32) for value in range(256)]
    assert got['solarize'] == [v if v < 230 else 255 - v for v in range(256)]
    assert got['invert'] == [255 - value for value in range(256)]
    assert got['color'] == list(range(256))  # It is grey.
    # The mean is 127.5, which Pillow rounds to 128.
    for name, base in dict(brightness=0, contrast=128).items():
        for value, new in enumerate(got[name]):
            assert abs(new - min(max(base + 1.72 * (value - base), 0), 255)) <= 1


def test_color_is_moved_away_from_grey():
    frame = np.full((2, 2, 3), (100, 120, 140), dtype=np.uint8)
    grey = round(0.299 * 100 + 0.587 * 120 + 0.114 * 140)
    got = nine()['color'](frame)[0, 0]
    assert np.abs(got - (grey + 1.72 * (np.array([100, 120, 140]) - grey))).max() <= 1


def test_sharpness_is_moved_away_from_smooth():
    """Pillow's smoothing weighs the centre by 5/13 and its eight neighbours by 1/13."""
    frame = np.full((5, 5, 3), 100, dtype=np.uint8)
    frame[2, 2] = 126
    smooth = {(2, 2): (5 * 126 + 8 * 100) / 13, (1, 2): (12 * 100 + 126) / 13}
    got = nine()['sharpness'](frame)
    for place, value in smooth.items():
        original = int(frame[place][0])
        assert abs(got[place][0] - (value + 1.72 * (original - value))) <= 1.5
    assert (got[0] == 100).all()


def test_autocontrast_stretches_each_channel():
    frame = noise(low=50, high=200)[0]
    frame[..., 1] = 7
    got = nine()['autocontrast'](frame)
    assert (got[..., 1] == 7).all()
    for channel in (0, 2):
        values = frame[..., channel].astype(float)
        low, high = values.min(), values.max()
        expected = (values - low) * 255 / (high - low)
        assert np.abs(got[..., channel] - expected).max() <= 1
        assert got[..., channel].min() == 0 and got[..., channel].max() == 255


@pytest.mark.parametrize(('low', 'high'), [(0, 256), (30, 180), (100, 101)])
def test_equalize_is_imgaugs(low, high):
    frame = noise(height=40, width=48, low=low, high=high)[0]
    got = nine()['equalize'](frame)
    for channel in range(3):
        values = frame[..., channel].ravel().tolist()
        counts = [values.count(value) for value in range(256)]
        step = sum(counts[:255]) // 255
        table, below = list(range(256)), 0
        if sum(count > 0 for count in counts) > 1:
            for value in range(256):
                table[value] = min((step // 2 + below) // step, 255)
                below += counts[value]
        assert got[..., channel].ravel().tolist() == [table[value] for value in values]


@pytest.mark.parametrize(
    ('center', 'rows', 'columns'),
    [
        ((0.5, 0.5), (9, 14), (13, 18)),  # 4.32 rows, from 9.84; columns from 13.84.
        ((0.0, 0.99), (21, 24), (0, 2)),
    ],
)
def test_cutout_is_a_grey_square(center, rows, columns):
    frame = np.zeros((24, 32, 3), dtype=np.uint8)
    expected = frame.copy()
    expected[slice(*rows), slice(*columns)] = 128
    assert np.array_equal(nine(center=center)['cutout'](frame), expected)
    assert not frame.any(), 'the frame before was changed'


def which(got, frame):
    """The names of the two operations, found by trying all pairs in order."""
    found = []
    for side in (1, -1):
        table = nine(side)
        for i, first in enumerate(NAMES[:14]):
            for second in NAMES[i + 1 : 14]:
                if np.array_equal(table[second](table[first](frame)), got):
                    found.append((first, second))
    return found


def test_draws_two_different_operations_in_the_lists_order():
    frame, seen = noise(low=40, high=220)[0], set()
    np.random.seed(0)
    augment = build()
    for _ in range(60):
        got = augment(dict(imgs=[frame]))['imgs'][0]
        seen.update(which(got, frame)[:1])
    # There are 91 pairs without the cutout. Pairs with two different sides are not found.
    assert len(seen) > 25
    assert len({name for pair in seen for name in pair}) == 14


@pytest.mark.parametrize('num_ops', [1, 15])
def test_every_operation_is_drawn_equally_often(num_ops, monkeypatch):
    counts = np.zeros(15, dtype=int)

    def counted(level, sides, center):
        def count(frame, index):
            counts[index] += 1
            return frame

        return [partial(count, index=index) for index in range(15)]

    module = 'projects.xvit.datasets.transforms.clip_img_augment'
    monkeypatch.setattr(f'{module}.operations', counted)
    augment = build(num_ops=num_ops)
    np.random.seed(0)
    for _ in range(1500):
        augment(dict(imgs=noise()))
    assert counts.sum() == 1500 * num_ops
    # The standard deviation is 9.7 for one of 15, and 0 for all of them.
    assert np.abs(counts - 100 * num_ops).max() < (45 if num_ops == 1 else 1)


def test_sides_and_places_are_drawn_for_each_clip(monkeypatch):
    drawn = []

    def note(level, sides, center):
        drawn.append((level, *sides, *center))
        return [lambda frame: frame] * 15

    module = 'projects.xvit.datasets.transforms.clip_img_augment'
    monkeypatch.setattr(f'{module}.operations', note)
    augment = build()
    drawn.clear()
    np.random.seed(0)
    for _ in range(100):
        augment(dict(imgs=noise(4), clip_len=2, num_clips=2))
    drawn = np.array(drawn)
    assert len(drawn) == 200 and (drawn[:, 0] == 0.9).all()
    assert (np.abs(drawn[:, 1:6]) == 1).all() and (
        np.abs(drawn[:, 1:6].mean(0)) < 0.3
    ).all()
    assert drawn[:, 6:].min() < 0.05 and drawn[:, 6:].max() > 0.95


def test_every_operation_keeps_the_form():
    """Also of a view into a larger frame, as cropping gives."""
    view = noise(height=30, width=40)[0][3:27, 4:36]
    before = view.copy()
    for operation in nine().values():
        got = operation(view)
        assert got.dtype == np.uint8 and got.shape == (24, 32, 3)
        assert got.flags.writeable and not np.shares_memory(got, view)
        assert np.array_equal(view, before), 'the frame before was changed'


@pytest.mark.parametrize(
    ('options', 'error', 'message'),
    [
        (dict(num_ops=0), ValueError, 'num_ops must be at least 1, got 0'),
        (dict(num_ops=1.5), TypeError, 'num_ops must be an integer, got 1.5'),
        (dict(magnitude=11), ValueError, 'magnitude must be from 0 to 10, got 11'),
    ],
)
def test_bad_arguments_are_named(options, error, message):
    with pytest.raises(error, match=message):
        build(**options)
