"""Extract a backbone's features from videos of any length.

Writes OUT_FOLDER/NAME.npy, an array (features, C), and NAME.json with the time of each
feature. Folders of the list are kept in NAME. ActionFormer and OpenTAD read the arrays: see
projects/xvit/features/README.md.

A model that streams, such as X-ViT, passes over the video once, and its features are those
of the whole video as one clip. For other models the features are of overlapping windows.
Memory does not grow with the length of a video. The defaults of --stride and
--frame-interval are the config's frame_interval, and a quarter of a window as the stride of
windows.

Videos that are finished are skipped, so an interrupted run goes on. A video that cannot be
read is named at the end, and then the exit code is 1. Several processes share a list:

    tools/dist_extract_features.sh CONFIG CHECKPOINT GPUS LIST OUT_FOLDER
"""

import argparse
import sys
from pathlib import Path

from mmengine.config import Config
from mmengine.dist import all_gather_object, get_dist_info, init_dist

import projects.xvit.engine  # noqa: F401  (lets launchers run without a GPU)
from projects.xvit.features import READ_ERRORS, Extractor, find_videos, is_done
from projects.xvit.workers import progress

FOREVER = 10**7  # Seconds that a process waits for the others at the end: 115 days.


def extract_all(
    extractor: Extractor, videos: dict[str, Path], out: Path, quiet: bool
) -> dict[str, str]:
    """Extract what is not done yet. Returns what is wrong with each bad video."""
    todo = {
        name: path
        for name, path in videos.items()
        if not is_done(out / name, extractor.made_by)
    }
    bad = {}
    for name, path in progress(todo.items(), total=len(todo), disable=quiet):
        try:
            extractor.extract(path, out / name)
        except READ_ERRORS as error:
            bad[str(path)] = next(iter(str(error).splitlines()), type(error).__name__)
    return bad


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('config', type=Path)
    add('checkpoint', type=Path)
    add('source', type=Path, metavar='VIDEO_OR_LIST', help='a list has a path per line')
    add('out', type=Path, metavar='OUT_FOLDER')
    add('--root', type=Path, help="the folder of the list's paths (default: the list's)")
    add('--stride', type=int, help='frames of the video between two features')
    add('--frame-interval', type=int, help='frames between two frames of a window')
    add('--dtype', choices=['float32', 'float16'], default='float32')
    add('--chunk', type=int, default=32, help='frames at a time (default: 32)')
    add('--time-limit', type=float, default=300, help='seconds for a chunk (default: 300)')
    add('--device', help='default: the GPU if there is one')
    add('--launcher', choices=['none', 'pytorch', 'slurm', 'mpi'], default='none')
    args = parser.parse_args()
    for name in ('stride', 'frame_interval', 'chunk', 'time_limit'):
        value = getattr(args, name)
        if value is not None and not value > 0:
            parser.error(f'--{name.replace("_", "-")} must be above 0, got {value}')
    return args


def main() -> None:
    args = parse_args()
    if args.launcher != 'none':
        init_dist(args.launcher, backend='gloo', timeout=FOREVER)
    rank, processes = get_dist_info()
    try:
        videos = find_videos(args.source, args.root)
        extractor = Extractor(
            Config.fromfile(args.config),
            args.checkpoint,
            args.device,
            args.stride,
            args.frame_interval,
            args.chunk,
            args.dtype,
            args.time_limit,
        )
        if rank == 0:
            print(f'{len(videos)} videos: {extractor.plan.how}', flush=True)
        share = dict(list(videos.items())[rank::processes])
        bad = extract_all(extractor, share, args.out, quiet=rank > 0)
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        sys.exit('interrupted; the same command goes on from here')
    # A process that ends early with an error would end the others.
    bad = {path: why for part in all_gather_object(bad) for path, why in part.items()}
    if rank == 0:
        print(f'{len(videos) - len(bad)} of {len(videos)} videos in {args.out}')
        for path, why in bad.items():
            print(f'bad: {path}: {why}')
    sys.exit(len(bad) > 0)


if __name__ == '__main__':
    main()
