"""Rendered motions as a user would have them: class folders, and a table of two labels."""

import csv
import sys
from itertools import combinations
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / 'tools/data'))
import make_motion_dataset as motions  # noqa: E402


def render(label: str, index: int) -> np.ndarray:
    number = motions.CLASSES.index(label)
    return motions.render(np.random.default_rng([7, number, index]), number)


def make_folders(root: Path, counts: dict[str, int]) -> Path:
    """``root/CLASS/``, every second video one folder deeper."""
    for label, count in counts.items():
        for index in range(count):
            path = root / label / ('deep, und größer' if index % 2 else '') / f'{index}.mp4'
            path.parent.mkdir(parents=True, exist_ok=True)
            motions.write_video(path, render(label, index))
    return root


def make_pairs(root: Path, labels: list[str], count: int) -> Path:
    """``root/list.csv`` and its videos, each of two things that move in different ways."""
    root.mkdir(parents=True)
    pairs = list(combinations(labels, 2))
    with (root / 'list.csv').open('w', newline='', encoding='utf-8') as file:
        table = csv.writer(file)
        table.writerow(['path', 'label'])
        for index in range(count):
            pair = pairs[index % len(pairs)]
            # Shapes are bright, backgrounds dark: the maximum shows both shapes.
            frames = np.maximum(*(render(label, index) for label in pair))
            motions.write_video(root / f'clip, {index}.mp4', frames)
            table.writerow([f'clip, {index}.mp4', '; '.join(pair)])
    return root / 'list.csv'
