"""The motion data set: deterministic, real video, no frame of which tells its class."""

import filecmp
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import decord
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'tools/data'))
import make_motion_dataset as motion_tool  # noqa: E402

SCRIPT = ROOT / 'tools/data/make_motion_dataset.py'


def make(root, *arguments):
    command = [sys.executable, str(SCRIPT), str(root), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def test_lists_and_videos_agree(motion):
    for split, count in (('train', 32), ('val', 16)):
        lines = (motion / f'{split}.txt').read_text().splitlines()
        assert len(lines) == count
        assert [int(line.split()[1]) for line in lines] == [i % 8 for i in range(count)]
        frames = decord.VideoReader(str(motion / lines[0].split()[0]))
        assert len(frames) == 32 and frames[0].shape == (64, 80, 3)
    assert (motion / 'classes.txt').read_text().splitlines() == list(motion_tool.CLASSES)
    assert not list(motion.rglob('part-*'))


def test_same_seed_same_bytes(motion, tmp_path):
    assert make(tmp_path / 'same', '--num-train', '8', '--num-val', '8').returncode == 0
    make(tmp_path / 'other', '--num-train', '8', '--num-val', '8', '--seed', '1')
    names = [f'{split}/{i:05d}.mp4' for split in ('train', 'val') for i in range(8)]
    same = filecmp.cmpfiles(motion, tmp_path / 'same', names, shallow=False)
    assert same == (names, [], [])
    assert filecmp.cmpfiles(motion, tmp_path / 'other', names, shallow=False)[0] == []
    # The splits share no video either.
    assert not filecmp.cmp(
        motion / 'train/00000.mp4', motion / 'val/00000.mp4', shallow=False
    )


@pytest.mark.parametrize('frame', [0, 10, 31])
def test_no_single_frame_tells_the_class(frame):
    """Position, angle and size have one distribution in all classes, at every frame."""
    cut = np.linspace(0, 1, 5)[1:-1]
    scale = (motion_tool.WIDTH, motion_tool.HEIGHT, 2 * np.pi)
    span = np.log(motion_tool.MAX_SIZE / motion_tool.MIN_SIZE)
    for label in range(8):
        states = np.stack(
            [
                motion_tool.trajectory(np.random.default_rng([label, i]), label)[frame]
                for i in range(4000)
            ]
        )
        size = np.log(states[:, 3:] / motion_tool.MIN_SIZE) / span
        circle = np.concatenate([states[:, :3] / scale, size], axis=1)
        # Uniform on the circle: each quarter holds a quarter, 4 sigma is 2.7 %.
        quarters = (circle[..., None] < cut).mean(axis=0)
        np.testing.assert_allclose(quarters, np.tile(cut, (4, 1)), atol=0.035)


@pytest.mark.parametrize(
    ('label', 'quantity', 'sign'),
    [
        (0, 0, -1),
        (1, 0, 1),
        (2, 1, -1),
        (3, 1, 1),
        (4, 2, 1),
        (5, 2, -1),
        (6, 3, 1),
        (7, 3, -1),
    ],
)
def test_a_class_moves_its_own_quantity_only(label, quantity, sign):
    path = motion_tool.trajectory(np.random.default_rng(0), label)
    steps = np.diff(path, axis=0)
    assert (np.sign(steps[:, quantity]) == sign).mean() > 0.9  # but at the circle's seam
    assert not np.delete(steps, quantity, axis=1).any()


def test_turning_clockwise_looks_clockwise():
    """From the picture alone: the shape's long axis, four frames apart (y points down)."""
    turns = []
    for seed in range(40):
        frames = motion_tool.render(np.random.default_rng([9, seed]), label=4).astype(int)
        changed = frames.sum(axis=3) > 380  # the shape is bright, the background dark
        points = [np.argwhere(mask)[:, ::-1] for mask in changed[[0, 4]]]
        corner = (motion_tool.WIDTH - 1, motion_tool.HEIGHT - 1)
        if any((xy == 0).any() or (xy == corner).any() for xy in points):
            continue  # over the picture's edge
        axis = [np.linalg.eigh(np.cov(xy.T))[1][:, -1] for xy in points]
        angle = [np.arctan2(y, x) for x, y in axis]
        turns.append((angle[1] - angle[0] + np.pi / 2) % np.pi - np.pi / 2)
    assert len(turns) > 10 and np.mean(np.array(turns) > 0.3) > 0.9


def test_untrimmed_videos_change_their_motion(tmp_path):
    done = make(tmp_path, '--untrimmed', '--num-train', '2', '--num-val', '3')
    assert done.returncode == 0, done.stderr
    for split, count in (('train', 2), ('val', 3)):
        videos = json.loads((tmp_path / f'{split}.json').read_text())['videos']
        assert list(videos) == [f'{split}/{i:05d}.mp4' for i in range(count)]
        for name, about in videos.items():
            reader = decord.VideoReader(str(tmp_path / name))
            assert len(reader) == about['num_frames'] == 320
            assert reader.get_avg_fps() == about['fps']
            bounds = [(part['start'], part['end']) for part in about['segments']]
            assert [start for start, _ in bounds] == [0, *(end for _, end in bounds[:-1])]
            assert bounds[-1][1] == 320 and len(bounds) > 3
            labels = [part['label'] for part in about['segments']]
            assert all(a != b for a, b in pairwise(labels))
    assert not list(tmp_path.rglob('part-*')) and not list(tmp_path.glob('*.txt'))[1:]


def test_an_untrimmed_video_moves_one_quantity_from_a_segments_first_frame_on():
    segments = [
        dict(start=0, end=40, label=1),
        dict(start=40, end=90, label=4),
        dict(start=90, end=320, label=7),
    ]
    path = motion_tool.untrimmed_trajectory(np.random.default_rng(0), segments)
    assert path.shape == (320, 4)
    steps = np.diff(path, axis=0)  # Step i leads to frame i + 1.
    for part, quantity, sign in zip(segments, (0, 2, 3), (1, 1, -1)):
        own = steps[max(part['start'] - 1, 0) : part['end'] - 1]
        assert (np.sign(own[:, quantity]) == sign).mean() > 0.8  # but at the circle's seam
        assert not np.delete(own, quantity, axis=1).any()


def test_bad_counts_are_named(tmp_path):
    done = make(tmp_path / 'none', '--num-train', '0')
    assert done.returncode == 2 and '--num-train must be at least 1' in done.stderr
    assert not (tmp_path / 'none').exists()


@pytest.fixture(scope='module')
def spaced(tmp_path_factory):
    """Two videos of each class and each of two distances."""
    root = tmp_path_factory.mktemp('spaced')
    arguments = ('--apart', '4', '16', '--num-train', '16', '--num-val', '8')
    done = make(root, *arguments)
    assert done.returncode == 0, done.stderr
    return root


def test_spaced_lists_cycle_through_classes_and_distances(spaced):
    lines = [line.split() for line in (spaced / 'train.txt').read_text().splitlines()]
    assert [int(label) for _, label in lines] == [0, 1, 2, 3] * 4
    folders = [Path(path).parent.name for path, _ in lines]
    assert folders == (['apart_04'] * 4 + ['apart_16'] * 4) * 2
    assert len((spaced / 'val.txt').read_text().splitlines()) == 8
    assert all((spaced / path).is_file() for path, _ in lines)


def test_shape_shows_twice_at_the_distance_and_moves_where_the_class_says(spaced):
    steps = {0: (0, -28), 1: (0, 28), 2: (-28, 0), 3: (28, 0)}  # y and x in pixels
    for line in (spaced / 'train.txt').read_text().splitlines():
        path, label = line.split()
        frames = decord.VideoReader(str(spaced / path))[:].asnumpy().astype(float)
        assert frames.shape == (32, 112, 112, 3)
        background = np.median(frames, axis=0)
        seen = np.abs(frames - background).mean(axis=-1) > 40
        shown = [t for t in range(32) if seen[t].sum() > 100]
        first, apart = shown[0], int(Path(path).parent.name.split('_')[1])
        assert shown == [first, first + 1, first + apart, first + apart + 1]
        assert first % 2 == 0
        # The edges are joined, so the first showing, rolled, is the second.
        rolled = np.roll(seen[first], steps[int(label)], axis=(0, 1))
        overlap = (rolled & seen[shown[2]]).sum() / (rolled | seen[shown[2]]).sum()
        assert overlap > 0.8


@pytest.mark.parametrize('apart', [['3'], ['0'], ['32'], ['4', '4']])
def test_bad_distances_are_named(tmp_path, apart):
    done = make(tmp_path / 'x', '--apart', *apart)
    assert done.returncode == 2
    assert f'even numbers of frames from 2 to 30, got {" ".join(apart)}' in done.stderr
    assert not (tmp_path / 'x').exists()
