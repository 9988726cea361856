"""Decode every video of a list, write a list of those that decode, and report the others.

LIST has lines ``path label`` as MMAction2 reads them, with paths relative to ROOT. The tool
writes beside it

- ``LIST_clean.txt``: the lines whose video decodes from its first to its last frame;
- ``LIST_bad.csv``: line, video, problem and decoder message of the others;
- ``LIST_checked.jsonl``: what was checked. An interrupted run goes on from there, and a
  later run checks only videos that are new, have changed, crashed or took too long.

Separate processes decode with decord. What it cannot open, such as AV1, they decode as
training does: with the decoder that the variable XVIT_DECODER names, or the first that is
installed. A video that crashes the decoder, or takes too long, counts as bad, and the
others go on. The exit code is 1 if a video is bad.
"""

import argparse
import json
import os
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path

from preparation.decode import Verdict, check_video
from preparation.files import csv_line, read_text, write_whole
from preparation.workers import run_apart

from projects.xvit.datasets.decoders import choose_decoder


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


def read_journal(path: Path) -> dict[tuple, Verdict]:
    """Return earlier verdicts by path, size, time of change and decoder of the video.

    A half-written line is ignored.
    """
    verdicts = {}
    if path.is_file():
        for line in path.read_text(errors='replace').splitlines():
            with suppress(TypeError, ValueError):
                *key, problem, detail = json.loads(line)
                verdicts[tuple(key)] = Verdict(problem, detail)
    return verdicts


def check(
    videos: list[str], root: Path, journal: Path, processes: int, time_limit: float
) -> dict[str, Verdict]:
    """Return a verdict for each video, from the journal or from decoding it."""
    known, keys, verdicts = read_journal(journal), {}, {}
    decoder = choose_decoder(os.environ.get('XVIT_DECODER', 'auto'))
    for video in videos:
        try:
            stat = (root / video).stat()
        except OSError:
            verdicts[video] = Verdict('missing')
            continue
        keys[video] = video, stat.st_size, stat.st_mtime_ns, decoder
        if keys[video] in known:
            verdicts[video] = known[keys[video]]
    todo = [video for video in videos if video not in verdicts]
    print(f'{len(todo)} of {len(videos)} videos to decode')
    paths = [root / video for video in todo]
    with journal.open('a', buffering=1) as file:
        file.write('\n')  # The last line may be half-written.
        for number, verdict in run_apart(
            partial(check_video, decoder=decoder), paths, processes, time_limit
        ):
            video = todo[number]
            if isinstance(verdict, Exception):
                # Not for the journal: the memory or the disk may have been the reason.
                kind = 'timeout' if isinstance(verdict, TimeoutError) else 'crashed'
                verdict = Verdict(kind, str(verdict))
            else:
                file.write(f'{json.dumps([*keys[video], *verdict])}\n')
            verdicts[video] = verdict
    return verdicts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('list', type=Path)
    add('root', type=Path, help="the folder of the list's paths")
    add('--processes', type=int, default=os.cpu_count(), help='default: cores')
    add('--time-limit', type=float, default=60, help='seconds for a video (default: 60)')
    add(
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
        videos = list(dict.fromkeys(video for _, _, video in lines))
        journal = beside('checked.jsonl')
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
