"""Small data sets laid out as the official downloads are, with real video files."""

import csv
import json
import sys
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / 'tools/data'
sys.path.insert(0, str(TOOLS))

# In alphabetical order, like the official sentences. Those with left or right have their
# official places; the others are made up.
SENTENCES = [f'Aiming {i:03d} [something] at something' for i in range(174)]
SENTENCES[86:88] = [
    'Pulling [something] from ' + way for way in ('left to right', 'right to left')
]
SENTENCES[88:93] = [f'Pulverizing {i:03d} [something]' for i in range(5)]
SENTENCES[93:95] = [
    'Pushing [something] from ' + way for way in ('left to right', 'right to left')
]
SENTENCES[95:166] = [f'Quoting {i:03d}, [something] and [something]' for i in range(71)]
SENTENCES[166:168] = [
    f'Turning the camera {way} while filming [something]' for way in ('left', 'right')
]
SENTENCES[168:] = [f"Unhinging {i:03d} [something] (it doesn't break)" for i in range(6)]
CLASSES = [sentence.replace('[', '').replace(']', '') for sentence in SENTENCES]


def write_video(
    path: Path, codec: str = 'mp4v', num_frames: int = 24, fps: int = 12
) -> Path:
    """A real video of 80 x 64 whose picture moves."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*codec), fps, (80, 64))
    assert writer.isOpened()
    cells = np.random.default_rng(0).integers(0, 255, (8, 8, 3), dtype=np.uint8)
    picture = cv2.resize(cells, (80, 64), interpolation=cv2.INTER_CUBIC)
    for t in range(num_frames):
        writer.write(np.roll(picture, 2 * t, axis=1))
    writer.release()
    return path


def copies(source: Path, folder: Path, names: list[str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f'{name}{source.suffix}').write_bytes(source.read_bytes())


def write_json(path: Path, content) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1))


def sthv2(root: Path, train: dict[str, int], val: dict[str, int], prefix: str = '') -> None:
    """``annotations/`` of Something-Something V2: ids with their classes."""
    folder = root / 'annotations'
    write_json(folder / f'{prefix}labels.json', {c: str(i) for i, c in enumerate(CLASSES)})
    for name, clips in (('train', train), ('validation', val)):
        entries = [
            dict(
                id=video,
                label=CLASSES[label].replace('something', 'a cup').lower(),
                template=SENTENCES[label],
                placeholders=['a cup'],
            )
            for video, label in clips.items()
        ]
        write_json(folder / f'{prefix}{name}.json', entries)


def sthv1(root: Path, train: dict[str, int], val: dict[str, int]) -> None:
    """``annotations/`` of V1, with classes in random order."""
    folder = root / 'annotations'
    folder.mkdir(parents=True, exist_ok=True)
    order = np.random.default_rng(1).permutation(CLASSES)
    files = {'labels': [*order]} | {
        name: [f'{video};{CLASSES[label]}' for video, label in clips.items()]
        for name, clips in (('train', train), ('validation', val))
    }
    for name, lines in files.items():
        text = '\n'.join(lines) + '\n'
        (folder / f'something-something-v1-{name}.csv').write_text(text)


def kinetics_classes(count: int = 400) -> list[str]:
    """In MMAction2's order. If spaces were kept, the second would sort before the first."""
    return [
        'air-drumming',
        'air drumming',
        *(f"doing {i:03d} (someone's work)" for i in range(count - 2)),
    ]


def kinetics(root: Path, train: list[tuple], val: list[tuple], count: int = 400) -> None:
    """CSV files of (class, id, start, end). The videos of other classes are missing."""
    folder = root / 'annotations'
    folder.mkdir(parents=True, exist_ok=True)
    others = [(name, f'no{i:09d}', 0, 10) for i, name in enumerate(kinetics_classes(count))]
    for split, rows in (('train', [*train, *others]), ('val', val)):
        with (folder / f'{split}.csv').open('w', newline='') as file:
            table = csv.writer(file)
            table.writerow(
                ['label', 'youtube_id', 'time_start', 'time_end', 'split', 'is_cc']
            )
            table.writerows([*row, split, 0] for row in rows)


def diving48(root: Path, train: dict[str, int], val: dict[str, int]) -> None:
    """``annotations/`` of Diving-48 V2."""
    folder = root / 'annotations'
    words = [['Back', f'{i:02d}som', '05Twis', 'FREE'] for i in range(48)]
    write_json(folder / 'Diving48_vocab.json', words)
    for name, clips in (('train', train), ('test', val)):
        entries = [
            dict(vid_name=video, label=label, start_frame=0, end_frame=24)
            for video, label in clips.items()
        ]
        write_json(folder / f'Diving48_V2_{name}.json', entries)
