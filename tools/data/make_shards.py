"""Put the videos of lists into tar files ("shards"), for a disk with few files or a store.

Each LIST has lines ``path label`` as MMAction2 reads them, with paths relative to ROOT. The
paths become the names in the shards, so the lists stay as they are. Folder OUT gets

- ``shard-000000.tar``, ``shard-000001.tar``, ...: plain tar files;
- ``index.npy``: where each video is, its size and its CRC-32. It is written last, so OUT is
  complete once it is there;
- ``shards.jsonl``: what is done. The same command goes on from there;
- ``missing.csv``: the videos that do not exist, if any. Then no shard is written.

A data set reads them by ``shards=OUT``, or by the URL of a copy.
"""

import argparse
import hashlib
import json
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path, PurePosixPath

from check_videos import read_list
from preparation.files import csv_line, write_whole
from preparation.shards import Members, Source, plan_shards, write_index, write_shard
from preparation.workers import run_apart

from projects.xvit.datasets.shards import INDEX_NAME, shard_name
from projects.xvit.files import LEFTOVER

DAY = 86_400.0  # seconds that one shard may take


def find_videos(lists: list[Path], root: Path, report: Path) -> list[Source]:
    """Return each video of the lists once, in their order.

    Raises:
        ValueError: If a list is malformed, or a path is not relative to ROOT.
        FileNotFoundError: If videos do not exist. ``report`` then lists them.
    """
    sources, missing = {}, []
    for path in lists:
        for number, _, video in read_list(path):
            if video in sources:
                continue
            name = PurePosixPath(video)
            if name.is_absolute() or '..' in name.parts or str(name) != video:
                raise ValueError(
                    f'{path}:{number}: the path must be relative to --root, without ".." '
                    f'or ".", got {video!r}'
                )
            try:
                found = (root / video).stat()
                problem = '' if stat.S_ISREG(found.st_mode) else 'not a file'
            except OSError as error:
                problem = error.strerror
            if problem:
                missing.append(csv_line([path, number, video, problem]))
            else:
                sources[video] = Source(video, found.st_size, int(found.st_mtime))
    if missing:
        write_whole({report: [csv_line(['list', 'line', 'video', 'problem']), *missing]})
        raise FileNotFoundError(
            f'{len(missing)} lines have no video below {root}; {report} lists them. '
            'check_videos.py writes a list without them'
        )
    report.unlink(missing_ok=True)
    return list(sources.values())


class Journal:
    """What is done: a line for each finished shard.

    Args:
        path (Path): The file, in the folder of the shards.
        plan (list): The videos of each shard.

    Raises:
        ValueError: If the folder is complete, and of another plan.
    """

    def __init__(self, path: Path, plan: list[list[Source]]) -> None:
        self.keys = [
            hashlib.sha256(json.dumps(shard).encode()).hexdigest() for shard in plan
        ]
        self.done: dict[int, Members] = {}
        others = set()
        for line in path.read_text().splitlines() if path.is_file() else ():
            with suppress(LookupError, TypeError, ValueError):  # A half-written line.
                key, *entry = json.loads(line)
                members = Members(*entry)
                shard = path.with_name(shard_name(members.shard))
                if key not in self.keys[members.shard : members.shard + 1]:
                    others.add(shard)
                elif shard.is_file() and shard.stat().st_size == members.size:
                    self.done[members.shard] = members
        if others and path.with_name(INDEX_NAME).is_file():
            raise ValueError(
                f'{path.parent} has the shards of other lists or of another --size, or '
                'their videos have changed since: take another folder'
            )
        for shard in others:  # Of a plan that was never finished.
            shard.unlink(missing_ok=True)
        write_whole({path: [self._line(members) for members in self.done.values()]})
        self.file = path.open('a', buffering=1)

    def _line(self, members: Members) -> str:
        return json.dumps([self.keys[members.shard], *members])

    def add(self, members: Members) -> None:
        self.file.write(f'{self._line(members)}\n')
        self.done[members.shard] = members


def make_shards(args: argparse.Namespace) -> None:
    """Write what is missing of OUT.

    Raises:
        OSError: If a file cannot be read or written.
        ValueError: If a list is malformed, OUT has other shards, or one cannot be written.
    """
    args.out.mkdir(parents=True, exist_ok=True)
    sources = find_videos(args.lists, args.root, args.out / 'missing.csv')
    plan = plan_shards(sources, int(args.size * 1e9))
    journal = Journal(args.out / 'shards.jsonl', plan)
    for path in args.out.iterdir():
        if LEFTOVER.fullmatch(path.name):  # Of a run that was killed.
            path.unlink()
    todo = [number for number in range(len(plan)) if number not in journal.done]
    total = sum(source.size for source in sources)
    print(
        f'{len(sources)} videos, {total / 1e9:.3g} GB, in {len(plan)} shards, '
        f'{len(todo)} to write',
        flush=True,
    )
    tasks = [(args.out / shard_name(i), i, args.root, plan[i]) for i in todo]
    failed = []
    for number, members in run_apart(write_shard, tasks, args.processes, DAY):
        if isinstance(members, Exception):
            failed.append(f'{shard_name(todo[number])}: {members}')
        else:
            journal.add(members)
    if failed:
        raise ValueError(
            f'{len(failed)} of {len(plan)} shards could not be written, the first: '
            f'{failed[0]}'
        )
    if todo or not (args.out / INDEX_NAME).is_file():
        write_index(args.out / INDEX_NAME, plan, journal.done)
    print(f'{args.out} is complete. A data set reads it by shards={args.out}')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('lists', type=Path, nargs='+', metavar='list')
    add('out', type=Path, help='a folder of its own')
    add('--root', type=Path, help="the folder of the lists' paths (default: the first's)")
    add('--size', type=float, default=1, help='GB of a shard (default: 1)')
    add('--processes', type=int, default=os.cpu_count(), help='default: cores')
    args = parser.parse_args()
    args.root = args.root or args.lists[0].parent
    for name in ('size', 'processes'):
        if not getattr(args, name) > 0:
            parser.error(f'--{name} must be above 0')
    if not args.root.is_dir():
        parser.error(f'--root {args.root} is not a folder')
    return args


def main() -> None:
    try:
        make_shards(parse_args())
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit('interrupted; the same command goes on from here')


if __name__ == '__main__':
    main()
