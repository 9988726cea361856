"""Encode the videos of a list again, so that training decodes them several times faster.

LIST has lines ``path label`` as MMAction2 reads them, with paths relative to ROOT. Every
video becomes ``OUT/PATH`` with the ending ``.mp4``, with all its frames at their times, a
short side of at most 256 pixels, and a keyframe every 4 frames. The tool first does this to
20 videos of the list and prints what it costs in disk and gains in decoded clips a second.
It writes into OUT

- the list under its own name, with the new paths of the videos that were encoded;
- ``LIST_report.csv``: size and bytes before and after, or the problem, of every video;
- ``LIST_transcoded.jsonl``: what is done. The same command goes on from there.

Every file is decoded and its frames and duration are compared before it gets its name. The
exit code is 1 if a video could not be encoded.
"""

import argparse
import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from check_videos import read_list
from preparation.files import csv_line, write_whole
from preparation.transcoding import ENCODERS, Settings, find_ffmpeg, transcode
from preparation.workers import run_apart

from projects.xvit.datasets.decoders import choose_decoder, open_video

PREVIEWED = 20
CLIP_FRAMES = 16
COLUMNS = ('old_size', 'new_size', 'frames', 'seconds', 'old_bytes', 'new_bytes')


class Transcoder:
    """The videos of a list, and what became of them.

    Args:
        args: The command's arguments.

    Raises:
        ValueError: If the list is malformed, two videos would become one file, or OUT has
            videos of other settings.
        OSError: If a file cannot be read or written, or there is no FFmpeg.
    """

    def __init__(self, args: argparse.Namespace) -> None:
        self.args = args
        self.root = args.root or args.list.parent
        self.lines = read_list(args.list)
        self.videos = list(dict.fromkeys(video for _, _, video in self.lines))
        self.targets = {
            video: str(Path(video).with_suffix('.mp4')) for video in self.videos
        }
        self.targets |= {v: v for v in self.videos if v.lower().endswith('.mp4')}
        origins = {target: video for video, target in self.targets.items()}
        for video, target in self.targets.items():
            if origins[target] != video:
                raise ValueError(f'{video} and {origins[target]} would become one {target}')
        self.settings = Settings(*(getattr(args, name) for name in Settings._fields))
        self.ffmpeg, self.decoder = find_ffmpeg(), choose_decoder(args.decoder)
        args.out.mkdir(parents=True, exist_ok=True)
        self.journal = self.beside('transcoded.jsonl')
        self.results = self._read_journal()

    def beside(self, ending: str) -> Path:
        return self.args.out / f'{self.args.list.stem}_{ending}'

    def _key(self, video: str) -> list:
        stat = (self.root / video).stat()
        return [video, stat.st_size, stat.st_mtime_ns]

    def _read_journal(self) -> dict[str, dict]:
        """Results of videos that have not changed since, and whose new file is there."""
        results = {}
        if self.journal.is_file():
            for line in self.journal.read_text(errors='replace').splitlines():
                with suppress(TypeError, ValueError, OSError):
                    key, settings, result = json.loads(line)
                    if settings != list(self.settings):
                        raise SystemExit(
                            f'error: {self.journal} is of other settings, {settings}: '
                            'take another folder'
                        )
                    new = self.args.out / self.targets.get(key[0], '')
                    whole = new.stat().st_size == result['new_bytes']
                    if whole and key == self._key(key[0]):
                        results[key[0]] = result
        return results

    def encode(self, videos: list[str]) -> None:
        """Encode the videos that are not done."""
        todo = [video for video in videos if video not in self.results]
        tasks = [
            (
                self.root / video,
                self.args.out / self.targets[video],
                self.settings,
                self.ffmpeg,
                self.decoder,
            )
            for video in todo
        ]
        options = self.args.processes, self.args.time_limit
        with self.journal.open('a', buffering=1) as file:
            file.write('\n')  # The last line may be half-written.
            for number, result in run_apart(transcode, tasks, *options):
                video = todo[number]
                if isinstance(result, Exception):
                    result = dict(problem=str(result) or type(result).__name__)
                else:
                    file.write(f'{json.dumps([self._key(video), self.settings, result])}\n')
                self.results[video] = result

    def preview(self) -> str:
        """Encode a few videos, and say what all would cost and gain."""
        steps = np.linspace(0, len(self.videos) - 1, PREVIEWED).round().astype(int)
        some = [self.videos[i] for i in dict.fromkeys(steps)]
        self.encode(some)
        some = [video for video in some if 'problem' not in self.results[video]]
        if not some:
            return 'none of the first videos could be encoded; see the report'
        old, new = (
            sum(self.results[video][key] for video in some)
            for key in ('old_bytes', 'new_bytes')
        )
        total = sum(self._key(v)[1] for v in self.videos if (self.root / v).is_file())
        before = _clips_per_second([self.root / v for v in some], self.decoder)
        after = _clips_per_second(
            [self.args.out / self.targets[v] for v in some], self.decoder
        )
        return (
            f'{len(some)} videos: {old / 2**20:.1f} MiB become {new / 2**20:.1f} MiB '
            f'({new / old:.2f} times); a core decodes {before:.3g} clips/s of '
            f'{CLIP_FRAMES} frames before and {after:.3g} after ({after / before:.2f} '
            f'times), with {self.decoder}. All {len(self.videos)} videos would take about '
            f'{total * new / old / 2**30:.3g} GiB beside the {total / 2**30:.3g} GiB.'
        )

    def report(self) -> int:
        """Write the list and the report. Return how many videos failed."""
        rows = [csv_line(['video', 'problem', *COLUMNS])]
        for video in self.videos:
            if video not in self.results:
                continue
            result = self.results[video]
            problem = result.get('problem', '')
            if result.get('complaint'):
                problem = f'encoded, but damaged: {result["complaint"]}'
            cells = [result.get(name, '') for name in COLUMNS]
            rows.append(csv_line([video, problem, *cells]))
        lines = [
            self.targets[video] + line[len(video) :]
            for _, line, video in self.lines
            if 'problem' not in self.results.get(video, dict(problem='not encoded yet'))
        ]
        write_whole(
            {self.beside('report.csv'): rows, self.args.out / self.args.list.name: lines}
        )
        return sum('problem' in result for result in self.results.values())


def _clips_per_second(paths: list[Path], decoder: str) -> float:
    """Of frames that are spread evenly over each video, opening included."""
    start = time.process_time()
    for path in paths:
        video = open_video(decoder, str(path))
        video.get_batch(np.linspace(0, len(video) - 1, CLIP_FRAMES).astype(int))
    return len(paths) / (time.process_time() - start)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('list', type=Path)
    add('out', type=Path, help='a folder of its own')
    add('--root', type=Path, help="the folder of the list's paths (default: the list's)")
    default = Settings()
    add('--short-side', type=int, default=default.short_side, help='pixels (default: 256)')
    add('--keyframes', type=int, default=default.keyframes, help='every N frames')
    add('--codec', default=default.codec, choices=ENCODERS)
    add('--crf', type=int, default=default.crf, help='lower is better (default: 20)')
    add('--decoder', default='auto', help='the decoder that checks and is timed')
    add('--processes', type=int, default=os.cpu_count(), help='default: cores')
    add('--time-limit', type=float, default=3600, help='seconds for a video')
    add('--preview', action='store_true', help='stop after 20 videos')
    args = parser.parse_args()
    for name in ('short_side', 'keyframes', 'processes', 'time_limit'):
        if not getattr(args, name) > 0:
            parser.error(f'--{name.replace("_", "-")} must be above 0')
    if args.root is not None and not args.root.is_dir():
        parser.error(f'--root {args.root} is not a folder')
    if args.out.resolve() == (args.root or args.list.parent).resolve():
        parser.error(f'OUT must not be the folder of the videos, got {args.out}')
    return args


def main() -> None:
    args = parse_args()
    try:
        transcoder = Transcoder(args)
        print(transcoder.preview(), flush=True)
        if not args.preview:
            transcoder.encode(transcoder.videos)
        failed = transcoder.report()
    except (ImportError, OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit('interrupted; the same command goes on from here')
    done = len(transcoder.results) - failed
    print(f'{done} videos and their list in {args.out}')
    if failed:
        sys.exit(f'{failed} could not be encoded; see {transcoder.beside("report.csv")}')


if __name__ == '__main__':
    main()
