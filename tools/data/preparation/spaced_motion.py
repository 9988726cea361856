"""Videos whose class is told by two frames that lie a given distance apart.

A textured shape shows twice in front of a still, textured background, for two frames each
time. The second time it has moved to the left, to the right, up or down, and this is the
class. The first position is uniform on the picture, whose edges are joined. So one showing
tells nothing about the class, and a model must relate the two.

The folder of a video names the distance::

    ROOT/train/apart_02/00000.mp4 ...  ROOT/train.txt  ROOT/val.txt  ROOT/classes.txt
"""

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from make_motion_dataset import random_shape, random_texture, write_text, write_video

CLASSES = ('left', 'right', 'up', 'down')
STEPS = ((-1, 0), (1, 0), (0, -1), (0, 1))  # x and y of each class.
SIDE, NUM_FRAMES = 112, 32
SHAPE = 40  # Side of the shape's picture in pixels.
STEP = SIDE // 4  # How far the shape moves, in pixels.
SHOWN = 2  # Frames of a showing, so that every second frame of the video sees each once.


def check_apart(apart: Sequence[int]) -> None:
    """Raise ``ValueError`` unless the distances are even, differ, and fit into a video."""
    largest = NUM_FRAMES - SHOWN
    if len(set(apart)) < len(apart) or any(
        d % SHOWN or not SHOWN <= d <= largest for d in apart
    ):
        raise ValueError(
            f'--apart takes different even numbers of frames from {SHOWN} to {largest}, '
            f'got {" ".join(map(str, apart))}'
        )


def render(rng: np.random.Generator, label: int, apart: int) -> np.ndarray:
    """One video, ``(NUM_FRAMES, SIDE, SIDE, 3)`` uint8; ``apart`` is in frames."""
    background = random_texture(rng, (SIDE, SIDE), base=(20, 90), contrast=12)
    shape = cv2.resize(random_shape(rng), (SHAPE, SHAPE), interpolation=cv2.INTER_AREA)
    canvas = np.zeros((SIDE, SIDE, 4), np.float32)
    canvas[:SHAPE, :SHAPE] = shape
    position = rng.integers(0, SIDE, 2)
    first = SHOWN * rng.integers(0, (NUM_FRAMES - apart) // SHOWN)
    frames = np.repeat(background[None].astype(np.uint8), NUM_FRAMES, axis=0)
    for start, moved in ((first, 0), (first + apart, STEP)):
        x, y = position + moved * np.array(STEPS[label])
        placed = np.roll(canvas, (y, x), axis=(0, 1))
        frame = background * (1 - placed[..., 3:]) + placed[..., :3]
        frames[start : start + SHOWN] = np.clip(frame, 0, 255).astype(np.uint8)
    return frames


def make_video(task: tuple[Path, int, int, list[int]]) -> None:
    path, label, apart, seed = task
    write_video(path, render(np.random.default_rng(seed), label, apart))


def make_dataset(root: Path, counts: dict[str, int], seed: int, apart: list[int]) -> None:
    """Render the splits, cycling through classes and distances, then write the lists.

    Args:
        root (Path): The data set's folder.
        counts (dict[str, int]): Number of videos in the splits ``train`` and ``val``.
        seed (int): The same seed gives the same videos.
        apart (list[int]): Distances of the two showings in frames, see
            :func:`check_apart`.
    """
    tasks, lists = [], {'classes.txt': CLASSES}
    for number, (split, count) in enumerate(counts.items()):
        lines = lists[f'{split}.txt'] = []
        for distance in apart:
            (root / split / f'apart_{distance:02}').mkdir(parents=True, exist_ok=True)
        for i in range(count):
            label, distance = i % len(CLASSES), apart[i // len(CLASSES) % len(apart)]
            name = f'{split}/apart_{distance:02}/{i:05}.mp4'
            tasks.append((root / name, label, distance, [seed, number, i]))
            lines.append(f'{name} {label}')
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(0,)) as pool:
        list(pool.map(make_video, tasks, chunksize=8))
    for name, lines in lists.items():
        write_text(root / name, '\n'.join(lines))
