"""Predict the classes of videos: print them, draw them, or write a table.

SOURCE is a video, a folder (its videos at any depth), a list (a .txt file with one path per
line, relative to the list), a camera's index (0) or a stream's address (rtsp://...). Each
video is predicted once. For a video that cannot be read, the reason is given.

    predict.py CONFIG CHECKPOINT video.mp4                      prints the best classes
    predict.py CONFIG CHECKPOINT video.mp4 --out picture.png    also draws the frames
    predict.py CONFIG CHECKPOINT folder --out table.csv         a row per video
    predict.py CONFIG CHECKPOINT 0 --show                       a camera, live

A table is CSV, JSON lines or Parquet. Its rows go to the folder TABLE.parts as they come.
A run that was killed goes on from there, with the same command. On several GPUs:

    torchrun --nproc_per_node 8 tools/predict.py CONFIG CHECKPOINT folder \\
        --out table.parquet --launcher pytorch

If a model has several tasks, such as verb and noun, a class is a combination of theirs, and
its score is the product of the tasks' scores.
"""

import argparse
import os
import sys
from pathlib import Path

import torch

from projects.xvit import VideoRecognizer
from projects.xvit.predict.live import annotate
from projects.xvit.predict.model import read_config
from projects.xvit.predict.picture import draw
from projects.xvit.predict.sources import find_videos
from projects.xvit.predict.table import SUFFIXES
from projects.xvit.predict.table_run import TableRun
from projects.xvit.predict.videos import predict_videos
from projects.xvit.streaming.sources import is_live
from projects.xvit.workers import progress

TABLES = ', '.join(SUFFIXES)


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('config', type=Path)
    add('checkpoint', type=Path)
    add('source', nargs='+', metavar='SOURCE')
    add(
        '--labels',
        type=Path,
        action='append',
        help='a file with one class name per line; for several tasks, one file for each '
        '(default: the names in the checkpoint, or numbers)',
    )
    add('--out', type=Path, help=f'a table ({TABLES}), or a picture (.png)')
    add('--topk', type=int, default=5, help='classes of a video (default: 5)')
    add('--device', help='default: the GPU, or the CPU without one')
    add(
        '--split',
        choices=('test', 'val'),
        help="which of the config's pipelines prepares the videos: test, with all views, "
        'or val, mostly with one (default: test, and val for a live source)',
    )
    many = parser.add_argument_group('many videos').add_argument
    many('--batch-size', type=int, default=1, help='videos in a forward pass')
    many('--workers', type=int, help="decoders (default: the config's)")
    many('--time-limit', type=float, default=300, help='seconds for a video (default: 300)')
    many('--launcher', choices=('none', 'pytorch'), default='none')
    live = parser.add_argument_group(
        'a camera, a stream or one video, frame by frame'
    ).add_argument
    live('--show', action='store_true', help='in a window; q ends it')
    live('--out-video', type=Path, help='an mp4 file with the classes drawn')
    live('--every', type=int, default=8, help='frames between predictions (default: 8)')
    live('--window', type=int, help='frames that the model sees (default: those of a clip)')
    return parser


def check(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """End with one sentence about the first argument that cannot be."""
    for name in ('topk', 'batch_size', 'workers', 'time_limit', 'every', 'window'):
        value = getattr(args, name)
        if value is not None and not value > 0:
            parser.error(f'--{name.replace("_", "-")} must be above 0, got {value}')
    for path in (args.config, args.checkpoint, *(args.labels or ())):
        if not path.is_file():
            parser.error(f'{path} does not exist')
    suffix = args.out and args.out.suffix
    if args.live:
        displays = ('DISPLAY', 'WAYLAND_DISPLAY')
        if args.show and sys.platform == 'linux' and not any(map(os.getenv, displays)):
            parser.error('--show needs a display, and there is none (DISPLAY is not set)')
        if len(args.source) > 1:
            parser.error('--show, --out-video, a camera and a stream need a single SOURCE')
        if args.out:
            parser.error('--out is for video files; for a live source use --out-video')
        if args.out_video and args.out_video.suffix != '.mp4':
            parser.error(f'--out-video must end in .mp4, got {args.out_video}')
    elif suffix not in (None, '.png', *SUFFIXES):
        parser.error(f'--out must end in {TABLES} or .png, got {args.out}')
    if args.launcher == 'pytorch':
        if suffix not in SUFFIXES:
            parser.error(f'--launcher pytorch needs --out with a table ({TABLES})')
        if 'RANK' not in os.environ:
            parser.error('--launcher pytorch needs torchrun, which sets RANK')


def load(args: argparse.Namespace) -> VideoRecognizer:
    device = args.device
    if device is None and args.launcher == 'pytorch' and torch.cuda.is_available():
        local = int(os.environ['LOCAL_RANK'])
        device = f'cuda:{local % torch.cuda.device_count()}'
    return VideoRecognizer(args.cfg, args.checkpoint, device, args.labels, split=args.split)


def watch(args: argparse.Namespace) -> None:
    """Print, show and write what the last frames of a source are."""
    (source,) = args.source
    options = dict(
        every=args.every, window=args.window, topk=args.topk, out_video=args.out_video
    )
    for seconds, best in annotate(load(args), source, **options, show=args.show):
        classes = ', '.join(f'{score:.3f} {name}' for name, score in best)
        print(f'{seconds:8.2f} s  {classes}', flush=True)
    if args.out_video:
        print(f'video: {args.out_video}')


def print_all(args: argparse.Namespace, videos: list[str]) -> int:
    """Print the best classes of each video, and draw a single one's."""
    if args.out and len(videos) > 1:
        raise ValueError(f'--out {args.out} needs one video, got {len(videos)}; a table '
                         f'({TABLES}) takes many')  # fmt: skip
    recognizer, bad = load(args), 0
    options = (args.batch_size, args.workers, args.time_limit)
    for path, prediction in predict_videos(recognizer, videos, *options):
        if isinstance(prediction, str):
            bad += 1
            print(f'error: cannot read {path}: {prediction}', file=sys.stderr)
            continue
        if len(videos) > 1:
            print(path)
        best = prediction.top(args.topk)
        for name, score in best:
            print(f'{score:.3f}  {name}')
        if args.out:
            view = recognizer.prepare(path)['inputs'][0]  # (3, T, H, W)
            draw(view.permute(1, 2, 3, 0).numpy(), best, args.out)
            print(f'picture: {args.out}')
    return 1 if bad else 0


def write(args: argparse.Namespace, videos: list[str]) -> None:
    """Write this process's share of the rows, and the table if they are the last."""
    rank, processes = 0, 1
    if args.launcher == 'pytorch':
        rank, processes = int(os.environ['RANK']), int(os.environ['WORLD_SIZE'])
    run = TableRun(args.out, videos, args.topk, rank, processes)
    settings = run.settings(args.cfg, args.checkpoint, args.labels, args.split)
    todo = run.start(settings)
    if todo:
        options = (args.batch_size, args.workers, args.time_limit)
        results = predict_videos(load(args), todo, *options)
        run.record(progress(results, total=len(todo), disable=rank > 0))
    print(run.finish(), flush=True)


def main() -> int:
    parser = make_parser()
    args = parser.parse_args()
    args.live = args.show or bool(args.out_video) or any(map(is_live, args.source))
    check(parser, args)
    args.table = args.out is not None and args.out.suffix in SUFFIXES
    args.split = args.split or ('val' if args.live else 'test')
    try:
        args.cfg = read_config(args.config)
        if args.live:
            watch(args)
            return 0
        if args.workers is None:
            loader = args.cfg.get('test_dataloader', {})
            args.workers = max(1, loader.get('num_workers', 1))
        videos = find_videos(args.source)
        if args.table:
            write(args, videos)
            return 0
        return print_all(args, videos)
    except (OSError, ValueError) as error:
        parser.exit(2, f'{parser.prog}: error: {error}\n')
    except KeyboardInterrupt:
        goes_on = '; the same command goes on from here' if args.table else ''
        parser.exit(130, f'interrupted{goes_on}\n')


if __name__ == '__main__':
    sys.exit(main())
