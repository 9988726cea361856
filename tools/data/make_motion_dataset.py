"""Render a small video data set whose classes are motions.

A textured shape moves, turns, grows or shrinks in front of a textured background.
Positions, angles and sizes run in circles from a random start. So at every frame of every
class, the shape and the background have the same distribution: no single frame tells the
class, and a model must compare frames.

Writes real, compressed mp4 files and MMAction2's annotation lists::

    ROOT/train/00000.mp4 ...  ROOT/train.txt  ROOT/val.txt  ROOT/classes.txt

The same seed gives the same data set. ``val.txt`` is written last: if it is there, the
data set is complete.
"""

import argparse
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np

CLASSES = (
    'moving left',
    'moving right',
    'moving up',
    'moving down',
    'turning clockwise',
    'turning counter-clockwise',
    'growing',
    'shrinking',
)
HEIGHT, WIDTH = 64, 80
NUM_FRAMES, FPS = 32, 16
TEXTURE = 48  # Side of the shape's texture, in texels.
RADIUS = 17.0  # Of the shape at size 1, in pixels.
MIN_SIZE, MAX_SIZE = 0.6, 1.5


def random_texture(
    rng: np.random.Generator, shape: tuple[int, int], base: tuple[int, int], contrast: float
) -> np.ndarray:
    """Coarse colour noise around a base colour: ``(*shape, 3)`` in 0..255."""
    height, width = shape
    base = rng.uniform(*base, 3)
    cells = rng.normal(0, contrast, (5, 5, 3))
    noise = cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(base + noise, 0, 255)


def random_shape(rng: np.random.Generator) -> np.ndarray:
    """A blob so lopsided that its angle shows: ``(TEXTURE, TEXTURE, 4)`` with alpha."""
    turn = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    radius = np.full_like(turn, 0.62)
    for frequency, weight in ((1, 0.2), (2, 0.12), (3, 0.1)):
        phase = rng.uniform(0, 2 * np.pi)
        radius += weight * np.cos(frequency * turn + phase)
    corners = np.stack([np.cos(turn), np.sin(turn)], axis=1) * radius[:, None]
    corners = (corners + 1) * TEXTURE / 2
    alpha = np.zeros((TEXTURE, TEXTURE), np.float32)
    cv2.fillPoly(alpha, [np.round(corners).astype(np.int32)], 1.0)
    colours = random_texture(rng, (TEXTURE, TEXTURE), base=(150, 240), contrast=45)
    return np.dstack([colours * alpha[..., None], alpha]).astype(np.float32)


def trajectory(rng: np.random.Generator, label: int) -> np.ndarray:
    """Position, angle and size of the shape, ``(NUM_FRAMES, 4)``.

    Only the quantity of the class changes. It starts anywhere on its circle (the picture's
    width and height, 360 degrees, the range of sizes) and has a random, constant speed.
    """
    start = rng.uniform(0, 1, 4)
    laps = rng.uniform(0.7, 1.1)  # Rounds on the circle in the whole video.
    quantity = label // 2
    direction = (-1, 1, -1, 1, 1, -1, 1, -1)[label]
    rounds = np.tile(start, (NUM_FRAMES, 1))
    rounds[:, quantity] += direction * laps * np.arange(NUM_FRAMES) / NUM_FRAMES
    rounds %= 1
    size = MIN_SIZE * (MAX_SIZE / MIN_SIZE) ** rounds[:, 3]
    return np.stack(
        [rounds[:, 0] * WIDTH, rounds[:, 1] * HEIGHT, rounds[:, 2] * 2 * np.pi, size],
        axis=1,
    )


def render(rng: np.random.Generator, label: int) -> np.ndarray:
    """One video, ``(NUM_FRAMES, HEIGHT, WIDTH, 3)`` uint8."""
    background = random_texture(rng, (HEIGHT, WIDTH), base=(20, 90), contrast=12)
    shape = random_shape(rng)
    xs, ys = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    frames = []
    for x, y, angle, size in trajectory(rng, label):
        # Offset from the shape's centre, the short way round the picture's edges.
        dx = (xs - x + WIDTH / 2) % WIDTH - WIDTH / 2
        dy = (ys - y + HEIGHT / 2) % HEIGHT - HEIGHT / 2
        cos, sin = np.cos(angle), np.sin(angle)
        texel = TEXTURE / 2 / (RADIUS * size)
        u = (cos * dx + sin * dy) * texel + (TEXTURE - 1) / 2
        v = (cos * dy - sin * dx) * texel + (TEXTURE - 1) / 2
        moved = cv2.remap(
            shape, u.astype(np.float32), v.astype(np.float32), cv2.INTER_LINEAR
        )
        frame = background * (1 - moved[..., 3:]) + moved[..., :3]
        frames.append(np.clip(frame, 0, 255).astype(np.uint8))
    return np.stack(frames)


def write_video(path: Path, frames: np.ndarray) -> None:
    """Encode as MPEG-4. The file gets its name when it is complete."""
    part = path.with_name(f'part-{path.name}')
    writer = cv2.VideoWriter(
        str(part), cv2.VideoWriter_fourcc(*'mp4v'), FPS, frames.shape[2:0:-1]
    )
    if not writer.isOpened():
        raise OSError(f'OpenCV cannot write {part} as MPEG-4')
    for frame in frames:
        writer.write(frame)
    writer.release()
    os.replace(part, path)


def make_video(task: tuple[Path, str, int, int]) -> None:
    root, split, index, seed = task
    rng = np.random.default_rng([seed, ('train', 'val').index(split), index])
    frames = render(rng, label=index % len(CLASSES))
    write_video(root / split / f'{index:05d}.mp4', frames)


def make_dataset(root: Path, num_train: int, num_val: int, seed: int) -> None:
    """Render both splits, cycling through the classes, and then write the lists."""
    counts = {'train': num_train, 'val': num_val}
    for split in counts:
        (root / split).mkdir(parents=True, exist_ok=True)
    tasks = [(root, s, i, seed) for s, count in counts.items() for i in range(count)]
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(0,)) as pool:
        list(pool.map(make_video, tasks, chunksize=8))
    lists = {
        f'{split}.txt': [f'{split}/{i:05d}.mp4 {i % len(CLASSES)}' for i in range(count)]
        for split, count in counts.items()
    }
    write_lists(root, {'classes.txt': CLASSES, **lists})


def write_lists(root: Path, lists: dict[str, Sequence[str]]) -> None:
    """Write files of lines in their order. Each gets its name when it is complete."""
    for name, lines in lists.items():
        part = root / f'part-{name}'
        part.write_text('\n'.join(lines) + '\n')
        os.replace(part, root / name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('root', nargs='?', default='data/motion', type=Path)
    parser.add_argument('--num-train', type=int, default=2400, help='training videos')
    parser.add_argument('--num-val', type=int, default=320, help='validation videos')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument(
        '--apart',
        type=int,
        nargs='+',
        metavar='FRAMES',
        help='another set, 112 x 112 pixels: a shape shows twice, these distances apart, '
        'and the class is where it moves in between: preparation/spaced_motion.py',
    )
    args = parser.parse_args()
    for name in ('num_train', 'num_val'):
        if getattr(args, name) < 1:
            parser.error(f'--{name.replace("_", "-")} must be at least 1')
    if args.apart:
        from preparation import spaced_motion

        try:
            spaced_motion.check_apart(args.apart)
        except ValueError as error:
            parser.error(str(error))
        counts = dict(train=args.num_train, val=args.num_val)
        return spaced_motion.make_dataset(args.root, counts, args.seed, args.apart)
    make_dataset(args.root, args.num_train, args.num_val, args.seed)


if __name__ == '__main__':
    main()
