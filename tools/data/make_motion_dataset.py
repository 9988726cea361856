"""Render a small video data set whose classes are motions.

A textured shape moves, turns, grows or shrinks in front of a textured background.
Positions, angles and sizes run in circles from a random start. So at every frame of every
class, the shape and the background have the same distribution: no single frame tells the
class, and a model must compare frames.

Writes real, compressed mp4 files and MMAction2's annotation lists::

    ROOT/train/00000.mp4 ...  ROOT/train.txt  ROOT/val.txt  ROOT/classes.txt

With ``--untrimmed`` the videos are longer, and the motion changes in them. The shape goes
on from where it is, so no single frame shows a change either. Instead of the lists there
are ``ROOT/train.json`` and ``ROOT/val.json``: for each video, its frame rate, its number of
frames, and its segments, each with its first frame, the frame after its last, and its
label. Frames count from 0.

The same seed gives the same data set. The list of ``val`` is written last: if it is there,
the data set is complete.
"""

import argparse
import json
import os
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
SPLITS = ('train', 'val')
HEIGHT, WIDTH = 64, 80
NUM_FRAMES, FPS = 32, 16
TEXTURE = 48  # Side of the shape's texture, in texels.
RADIUS = 17.0  # Of the shape at size 1, in pixels.
MIN_SIZE, MAX_SIZE = 0.6, 1.5
# Untrimmed videos. The motion is four times as fast: a stream shows every frame, where the
# clips of the trimmed videos have every fourth.
UNTRIMMED_FRAMES, SEGMENT_FRAMES = 320, (24, 64)
SPEED = 4 / NUM_FRAMES  # Rounds in a frame, times the 0.7 to 1.1 of the trimmed videos.


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
    rounds = np.tile(start, (NUM_FRAMES, 1))
    rounds += velocity(label) * laps * np.arange(NUM_FRAMES)[:, None] / NUM_FRAMES
    return on_picture(rounds)


def velocity(label: int) -> np.ndarray:
    """1 or -1 for the quantity that a class changes, 0 for the other three."""
    signs = np.zeros(4)
    signs[label // 2] = (-1, 1, -1, 1, 1, -1, 1, -1)[label]
    return signs


def on_picture(rounds: np.ndarray) -> np.ndarray:
    """Position, angle and size from the rounds on their circles, both ``(T, 4)``."""
    rounds = rounds % 1
    size = MIN_SIZE * (MAX_SIZE / MIN_SIZE) ** rounds[:, 3]
    return np.stack(
        [rounds[:, 0] * WIDTH, rounds[:, 1] * HEIGHT, rounds[:, 2] * 2 * np.pi, size],
        axis=1,
    )


def random_segments(rng: np.random.Generator) -> list[dict[str, int]]:
    """Segments of an untrimmed video, of random lengths; neighbours differ in class."""
    segments, start = [], 0
    while start < UNTRIMMED_FRAMES:
        end = start + int(rng.integers(SEGMENT_FRAMES[0], SEGMENT_FRAMES[1] + 1))
        if end > UNTRIMMED_FRAMES - SEGMENT_FRAMES[0]:
            end = UNTRIMMED_FRAMES
        label = int(rng.integers(len(CLASSES) - 1 if segments else len(CLASSES)))
        if segments:
            label += label >= segments[-1]['label']
        segments.append(dict(start=start, end=end, label=label))
        start = end
    return segments


def untrimmed_trajectory(
    rng: np.random.Generator, segments: list[dict[str, int]]
) -> np.ndarray:
    """As :func:`trajectory`, through all segments: ``(UNTRIMMED_FRAMES, 4)``.

    A segment's first frame is the first that its motion has moved.
    """
    rounds = [rng.uniform(0, 1, (1, 4))]
    for segment in segments:
        steps = np.arange(1, segment['end'] - segment['start'] + 1)[:, None]
        speed = SPEED * rng.uniform(0.7, 1.1)
        rounds.append(rounds[-1][-1] + velocity(segment['label']) * speed * steps)
    return on_picture(np.concatenate(rounds[1:]))


def render(rng: np.random.Generator, label: int) -> np.ndarray:
    """One trimmed video, ``(NUM_FRAMES, HEIGHT, WIDTH, 3)`` uint8."""
    background, shape = random_scene(rng)
    return draw(background, shape, trajectory(rng, label))


def random_scene(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """A background ``(HEIGHT, WIDTH, 3)`` and a shape, see :func:`random_shape`."""
    background = random_texture(rng, (HEIGHT, WIDTH), base=(20, 90), contrast=12)
    return background, random_shape(rng)


def draw(background: np.ndarray, shape: np.ndarray, path: np.ndarray) -> np.ndarray:
    """The shape on its path ``(T, 4)``: ``(T, HEIGHT, WIDTH, 3)`` uint8."""
    xs, ys = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    frames = []
    for x, y, angle, size in path:
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
    rng = np.random.default_rng([seed, SPLITS.index(split), index])
    frames = render(rng, label=index % len(CLASSES))
    write_video(root / split / f'{index:05d}.mp4', frames)


def make_untrimmed_video(task: tuple[Path, str, int, int]) -> list[dict[str, int]]:
    """Write the video and return its segments."""
    root, split, index, seed = task
    rng = np.random.default_rng([seed, len(SPLITS) + SPLITS.index(split), index])
    scene, segments = random_scene(rng), random_segments(rng)
    frames = draw(*scene, untrimmed_trajectory(rng, segments))
    write_video(root / split / f'{index:05d}.mp4', frames)
    return segments


def make_dataset(
    root: Path, num_train: int, num_val: int, seed: int, untrimmed: bool = False
) -> None:
    """Render both splits, cycling through the classes, and then write the lists."""
    counts = dict(zip(SPLITS, (num_train, num_val)))
    for split in SPLITS:
        (root / split).mkdir(parents=True, exist_ok=True)
    tasks = [(root, s, i, seed) for s, count in counts.items() for i in range(count)]
    make = make_untrimmed_video if untrimmed else make_video
    with ProcessPoolExecutor(initializer=cv2.setNumThreads, initargs=(0,)) as pool:
        made = list(pool.map(make, tasks, chunksize=8))
    write_text(root / 'classes.txt', '\n'.join(CLASSES))
    for split, count in counts.items():
        names = [f'{split}/{i:05d}.mp4' for i in range(count)]
        if untrimmed:
            about = dict(fps=FPS, num_frames=UNTRIMMED_FRAMES)
            of_split = made[:count] if split == SPLITS[0] else made[-count:]
            videos = {n: dict(about, segments=found) for n, found in zip(names, of_split)}
            write_text(root / f'{split}.json', json.dumps(dict(videos=videos)))
        else:
            lines = [f'{name} {i % len(CLASSES)}' for i, name in enumerate(names)]
            write_text(root / f'{split}.txt', '\n'.join(lines))


def write_text(path: Path, text: str) -> None:
    """Write a text file, which gets its name when it is complete."""
    part = path.with_name(f'part-{path.name}')
    part.write_text(text + '\n')
    os.replace(part, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('root', nargs='?', type=Path, help='default: data/motion, or data/motion_untrimmed')
    add(
        '--untrimmed', action='store_true', help='longer videos in which the motion changes'
    )
    add('--num-train', type=int, help='default: 2400, or 240 untrimmed')
    add('--num-val', type=int, help='default: 320, or 40 untrimmed')
    add('--seed', type=int, default=0)
    add(
        '--apart',
        type=int,
        nargs='+',
        metavar='FRAMES',
        help='another set, 112 x 112 pixels: a shape shows twice, these distances apart, '
        'and the class is where it moves in between: preparation/spaced_motion.py',
    )
    args = parser.parse_args()
    untrimmed = args.untrimmed
    if args.root is None:
        args.root = Path('data/motion_untrimmed' if untrimmed else 'data/motion')
    if args.num_train is None:
        args.num_train = 240 if untrimmed else 2400
    if args.num_val is None:
        args.num_val = 40 if untrimmed else 320
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
    make_dataset(args.root, args.num_train, args.num_val, args.seed, untrimmed)


if __name__ == '__main__':
    main()
