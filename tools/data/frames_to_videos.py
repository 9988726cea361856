"""Make videos from folders of frames, as Something-Something V1 comes.

``FRAMES/ID/00001.jpg`` and so on become ``VIDEOS/ID.mp4``. Existing videos are kept, so an
interrupted run goes on with the same command. Folders that cannot become a video are
listed, with the reason, in ``VIDEOS_report.csv``; then the exit code is 1.
"""

import argparse
import os
import sys
from pathlib import Path

from preparation.files import csv_line, write_whole
from preparation.frames import encode
from preparation.workers import run_apart

SECONDS_PER_FOLDER = 300  # Far more than any needs.


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    add = parser.add_argument
    add('frames', type=Path, help='has a folder for each video')
    add('videos', type=Path)
    add('--fps', type=float, default=12, help='default: 12')
    add('--processes', type=int, default=os.cpu_count(), help='default: cores')
    args = parser.parse_args()
    for name in ('fps', 'processes'):
        if not getattr(args, name) > 0:
            parser.error(f'--{name} must be above 0')
    if not args.frames.is_dir():
        parser.error(f'{args.frames} is not a folder')

    folders = sorted(path for path in args.frames.iterdir() if path.is_dir())
    if not folders:
        parser.error(f'{args.frames} has no folders')
    args.videos.mkdir(parents=True, exist_ok=True)
    tasks = [(folder, args.videos / f'{folder.name}.mp4', args.fps) for folder in folders]
    tasks = [task for task in tasks if not task[1].exists()]
    print(f'{len(folders) - len(tasks)} of {len(folders)} videos exist already')
    bad = []
    try:
        for number, error in run_apart(encode, tasks, args.processes, SECONDS_PER_FOLDER):
            if error:
                bad.append(csv_line([tasks[number][0].name, error]))
    except KeyboardInterrupt:
        sys.exit('interrupted; the same command goes on from here')
    report = args.videos.with_name(f'{args.videos.name}_report.csv')
    write_whole({report: ['folder,problem', *sorted(bad)]})
    print(f'{len(folders) - len(bad)} videos in {args.videos}')
    if bad:
        sys.exit(f'{len(bad)} folders made no video; see {report}')


if __name__ == '__main__':
    main()
