"""EPIC-KITCHENS-100 as its official downloader and annotations lay it out, but small."""

import csv
from pathlib import Path

import cv2
import numpy as np

EPIC_COLUMNS = [
    'narration_id',
    'participant_id',
    'video_id',
    'narration_timestamp',
    'start_timestamp',
    'stop_timestamp',
    'start_frame',
    'stop_frame',
    'narration',
    'verb',
    'verb_class',
    'noun',
    'noun_class',
    'all_nouns',
    'all_noun_classes',
]
TIMESTAMPS = EPIC_COLUMNS[:8]  # What the test set's list has.


def write_gray_video(path: Path, num_frames: int, fps: float) -> None:
    """An MPEG-4 of 64 x 48 whose frame i has the gray value 2 i."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*'mp4v'), fps, (64, 48))
    for i in range(num_frames):
        writer.write(np.full((48, 64, 3), 2 * i, np.uint8))
    writer.release()


def epic_row(number: int, video: str, start: float, stop: float, verb: int, noun: int):
    """A row of the official columns; the frames' columns count at 60 a second."""
    return [
        f'{video}_{number}',
        video.split('_')[0],
        video,
        f'00:00:{start:06.3f}',
        f'00:00:{start:05.2f}',
        f'00:00:{stop:05.2f}',
        int(60 * start),
        int(60 * stop),
        'take the plate, quickly',
        'take',
        verb,
        'plate',
        noun,
        "['plate', 'cup']",
        f'[{noun}, 13]',
    ]


def write_epic_csv(path: Path, rows: list[list], columns: list[str] = EPIC_COLUMNS) -> Path:
    """A list of actions; longer rows are cut to the columns' number."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, 'w', newline='') as file:
        csv.writer(file).writerows([columns, *(row[: len(columns)] for row in rows)])
    return path


def make_epic(root: Path) -> Path:
    """A small EPIC-KITCHENS-100 as the official downloader and annotations lay it out.

    Two untrimmed videos of 2 s at 59.94 and 50 frames a second; 6 segments to train on, 5
    to validate, 3 without labels to test. There are two verbs and two nouns.
    """
    videos = {'P01_01': 59.94, 'P02_101': 50.0}
    for name, fps in videos.items():
        write_gray_video(root / name[:3] / f'videos/{name}.MP4', 120, fps)
    rng = np.random.default_rng(0)
    splits = dict(train=range(6), validation=range(10, 15), test_timestamps=range(20, 23))
    for split, numbers in splits.items():
        rows = []
        for i in numbers:
            start = rng.integers(0, 100) / 100
            labels = (3, 40)[i % 2], (7, 250)[i // 2 % 2]
            rows.append(epic_row(i, list(videos)[i % 2], start, start + 0.8, *labels))
        columns = TIMESTAMPS if split == 'test_timestamps' else EPIC_COLUMNS
        write_epic_csv(root / f'annotations/EPIC_100_{split}.csv', rows, columns)
    return root
