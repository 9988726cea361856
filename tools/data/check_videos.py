"""Decode every video of a list, write a list of those that decode, and report the others.

LIST has lines ``path label`` as MMAction2 reads them, with paths relative to ROOT. The tool
writes beside it

- ``LIST_clean.txt``: the lines whose video decodes from its first to its last frame;
- ``LIST_bad.csv``: line, video, problem and decoder message of the others;
- ``LIST_checked.jsonl``: what was checked. An interrupted run goes on from there, and a
  later run checks only videos that are new, have changed, crashed or took too long.

Separate processes decode with decord. A video that crashes the decoder, or takes too long,
counts as bad, and the others go on. The exit code is 1 if a video is bad.
"""

import argparse
import json
import os
import sys
from pathlib import Path

from preparation.decode import Verdict, check_video
from preparation.files import csv_line, read_text, write_whole
from preparation.workers import run_apart

KINDS = {TimeoutError: 'timeout', ChildProcessError: 'crashed'}


def read_list(path: Path) -> list[tuple[int, str, str]]:
    """Return number, text and video of each line that is not blank.

    Raises:
        ValueError: If the list is empty, or a line is not ``path label``.
    """
    lines = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        if line.strip():
            video, *labels = line.split(' ')
            if not video or not all(label.isdecimal() for label in labels):
                raise ValueError(f'{path}:{number}: expected "path label", got {line!r}')
            lines.append((number, line, video))
    return lines


class Journal:
    """Stored verdicts. Each holds for a path, a size and a time of change.

    A verdict is written as soon as it is known. A half-written last line is ignored.
    """

    def __init__(self, path: Path, root: Path) -> None:
        self.path, self.root = path, root
        self.verdicts = {}
        if path.is_file():
            for line in path.read_text(errors='replace').splitlines():
                try:
                    *key, problem, detail = json.loads(line)
                except (TypeError, ValueError):
                    continue
                self.verdicts[tuple(key)] = Verdict(problem, detail)

    def key(self, video: str) -> tuple[str, int, int] | None:
        """Return path, size and time of change, or ``None`` if there is no such file."""
        try:
            stat = (self.root / video).stat()
        except OSError:
            return None
        return video, stat.st_size, stat.st_mtime_ns

    def add(self, key: tuple[str, int, int], verdict: Verdict) -> None:
        self.verdicts[key] = verdict
        # A line break first, since the last line may be half-written.
        with self.path.open('a') as file:
            file.write(f'\n{json.dumps([*key, *verdict])}')


def check(
    videos: list[str], root: Path, journal: Journal, processes: int, time_limit: float
) -> dict[str, Verdict]:
    """Return a verdict for each video, from the journal or from decoding it."""
    keys = {video: journal.key(video) for video in videos}
    verdicts = {
        video: journal.verdicts.get(key) if key else Verdict('missing')
        for video, key in keys.items()
    }
    todo = [video for video, verdict in verdicts.items() if verdict is None]
    print(f'{len(todo)} of {len(videos)} videos to decode')
    paths = [root / video for video in todo]
    for number, verdict in run_apart(check_video, paths, processes, time_limit):
        video = todo[number]
        if isinstance(verdict, Exception):
            # Not for the journal: the memory or the disk may have been the reason.
            verdict = Verdict(KINDS.get(type(verdict), 'undecodable'), str(verdict))
        else:
            journal.add(keys[video], verdict)
        verdicts[video] = verdict
    return verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('list', type=Path)
    parser.add_argument('root', type=Path, help="the folder of the list's paths")
    parser.add_argument(
        '--processes', type=int, default=os.cpu_count(), help='default: cores'
    )
    parser.add_argument(
        '--time-limit', type=float, default=60, help='seconds for a video (default: 60)'
    )
    parser.add_argument(
        '--keep-damaged',
        action='store_true',
        help='also list videos that decode with complaints',
    )
    args = parser.parse_args()
    for name in ('processes', 'time_limit'):
        if not getattr(args, name) > 0:
            parser.error(f'--{name.replace("_", "-")} must be above 0')
    if not args.root.is_dir():
        parser.error(f'{args.root} is not a folder')

    def beside(ending: str) -> Path:
        return args.list.with_name(f'{args.list.stem}_{ending}')

    try:
        lines = read_list(args.list)
        journal = Journal(beside('checked.jsonl'), args.root)
        videos = list(dict.fromkeys(video for _, _, video in lines))
        verdicts = check(videos, args.root, journal, args.processes, args.time_limit)
        clean, bad = [], [csv_line(['line', 'video', *Verdict._fields])]
        for number, line, video in lines:
            problem, detail = verdicts[video]
            if problem:
                bad.append(csv_line([number, video, problem, detail]))
            if not problem or (problem == 'damaged' and args.keep_damaged):
                clean.append(line)
        if not clean:
            raise ValueError(f'no video of {args.list} decodes: is it relative to ROOT?')
        write_whole({beside('bad.csv'): bad, beside('clean.txt'): clean})
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit('interrupted; the same command goes on from here')
    print(f'{len(clean)} of {len(lines)} lines in {beside("clean.txt")}')
    print(f'{len(bad) - 1} bad, with the reasons, in {beside("bad.csv")}')
    sys.exit(len(bad) > 1)


if __name__ == '__main__':
    main()
