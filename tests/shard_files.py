"""Small shards, written by the code of ``tools/data/make_shards.py``."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.append(str(ROOT / 'tools/data'))
from preparation import shards as writing  # noqa: E402

from projects.xvit.datasets.shards import INDEX_NAME, shard_name  # noqa: E402


def motion_shards(motion: Path, out: Path) -> Path:
    """Write the small motion data set into some shards."""
    lines = [
        line
        for part in ('train', 'val')
        for line in (motion / f'{part}.txt').read_text().splitlines()
    ]
    return write_shards(motion, [line.split()[0] for line in lines], out, limit=100_000)


def without_videos(motion: Path, folder: Path) -> Path:
    """Copy the lists of a data set alone."""
    folder.mkdir()
    for path in motion.glob('*.txt'):
        (folder / path.name).write_text(path.read_text())
    return folder


def write_shards(root: Path, names: list[str], out: Path, limit: int = 1) -> Path:
    """Write files below ``root`` into shards of ``limit`` bytes of videos."""
    out.mkdir(parents=True)
    stats = [(root / name).stat() for name in names]
    sources = [writing.Source(n, s.st_size, int(s.st_mtime)) for n, s in zip(names, stats)]
    plan = writing.plan_shards(sources, limit)
    done = {
        i: writing.write_shard((out / shard_name(i), i, root, shard))
        for i, shard in enumerate(plan)
    }
    writing.write_index(out / INDEX_NAME, plan, done)
    return out
