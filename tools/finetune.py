"""Fine-tune a model on your own videos: check, split, config, training, test and report.

FOLDER has a folder of videos for each class, or --csv lists the videos in it. Without
FOLDER, the paths in the table are relative to it. Several labels are separated by ";". If a
class has over ten times the training videos of another, --balance is on. WORK_DIR gets

- ``config.py``: an ordinary MMAction2 config, which you may edit and run again;
- ``train.txt``, ``val.txt``, ``classes.txt``; ``left_out.json``: bad videos, and why;
- ``train/``: the checkpoints and MMEngine's logs; ``test/``: the result on the test videos;
- ``report.html`` and ``report.json``.

If it was interrupted, the same command goes on. Finished stages are not repeated.
"""

import argparse
import os
import shlex
import signal
import sys
from collections import Counter
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parent / 'data'))

from check_videos import check
from mmengine.config import Config
from preparation.files import read_table, write_whole

import projects.xvit.engine  # noqa: F401
from projects.xvit.finetune import progress
from projects.xvit.finetune.base_config import check_base
from projects.xvit.finetune.split import split_videos
from projects.xvit.finetune.stages import locked, train_and_test, write_report
from projects.xvit.finetune.videos import (
    SPLITS,
    Video,
    class_names,
    from_folder,
    from_rows,
    list_line,
)
from projects.xvit.finetune.weights import save_weights, without_classifier
from projects.xvit.finetune.write_config import Task, config_text

TOOLS = Path(__file__).resolve().parent
MADE_FROM = 'made_from.json'
IMBALANCE = 10  # Above this ratio of the largest to the smallest class, they are balanced.


def read_videos(args: argparse.Namespace) -> list[Video]:
    """The videos of the folder or of the CSV file, before any of them is opened."""
    if args.csv:
        videos = from_rows(read_table(args.csv, ['path', 'label']))
    else:
        videos, others = from_folder(args.folder)
        if others:
            kinds = ', '.join(f'{count} {kind}' for kind, count in others.most_common(5))
            print(f'{others.total()} files are not videos and are not used: {kinds}')
    classes = class_names(videos)
    for video in videos:
        list_line(video, classes)
    # What is wrong with the classes shows before a video is decoded.
    split_videos(videos, args.val_fraction, args.seed)
    return videos


def made_from(args: argparse.Namespace, videos: list[Video]) -> dict:
    """What the work folder is made from, as ``progress.check_same`` compares it."""
    names = ('folder', 'csv', 'config', 'weights', 'epochs', 'val_fraction', 'seed')
    values = {name: getattr(args, name) for name in (*names, 'balance', 'keep_damaged')}
    known = {}
    for video in videos:
        path = args.folder / video.path
        size = path.stat().st_size if path.is_file() else None
        known[video.path] = [size, list(video.labels), video.split, video.group]
    arguments = {k: str(v) if isinstance(v, Path) else v for k, v in values.items()}
    return dict(arguments=arguments, videos=known)


def good_videos(args: argparse.Namespace, videos: list[Video]) -> tuple[list, list]:
    """The videos that decode, and path and reason of those that do not."""
    paths = [video.path for video in videos]
    journal = args.work_dir / 'checked.jsonl'
    verdicts = check(paths, args.folder, journal, args.processes, args.time_limit)
    allowed = {'', 'damaged'} if args.keep_damaged else {''}
    good = [video for video in videos if verdicts[video.path].problem in allowed]
    left_out = [
        dict(path=str(args.folder / path), reason=': '.join(filter(None, verdicts[path])))
        for path in paths
        if verdicts[path].problem not in allowed
    ]
    for one in left_out[:10]:
        print(f'left out: {one["path"]}: {one["reason"]}')
    if left_out:
        print(f'{len(left_out)} videos left out; all in {args.work_dir / "left_out.json"}')
    lost = sorted(set(class_names(videos)) - set(class_names(good)))
    if lost:
        raise ValueError(f'no video of these classes decodes: {", ".join(lost)}')
    return good, left_out


def balance_below(counts: Counter, videos: int, always: bool) -> float | None:
    """The share of the videos below which a class is repeated, or ``None``."""
    (most, largest), (least, smallest) = counts.most_common(1)[0], counts.most_common()[-1]
    if not always and largest <= IMBALANCE * smallest:
        return None
    print(
        f'Videos of rare classes are repeated: {most!r} has {largest} training videos, '
        f'{least!r} {smallest}'
    )
    # With half the largest share, no class gets more videos than the largest.
    return largest / videos / 2


def prepare(
    args: argparse.Namespace, cfg: Config, videos: list, source: dict, weights: dict | None
) -> None:
    """Check and split the videos, and write lists and config: all of them or none."""
    good, left_out = good_videos(args, videos)
    good = split_videos(good, args.val_fraction, args.seed)
    classes = class_names(good)
    by_split = {s: [video for video in good if video.split == s] for s in SPLITS}
    counts = Counter(name for video in by_split['train'] for name in video.labels)
    for name in classes:
        print(f'  {counts[name]} training videos of {name!r}')
    print(', '.join(f'{len(rows)} videos in {s}' for s, rows in by_split.items() if rows))
    task = Task(
        base=args.config,
        root=args.folder,
        work_dir=args.work_dir,
        classes=classes,
        multi_label=any(len(video.labels) > 1 for video in good),
        num_train=len(by_split['train']),
        test_list='test.txt' if by_split['test'] else 'val.txt',
        balance=balance_below(counts, len(by_split['train']), args.balance),
        weights=args.work_dir / 'weights.pth' if weights else None,
        epochs=args.epochs,
        processes=args.gpus,
        seed=args.seed,
    )
    text = config_text(cfg, task)
    if 'LabelAwareFlip' in text or 'flip_ratio=0)' in text:
        print('Classes that say left or right are not mirrored in training.')
    progress.write(args.work_dir / MADE_FROM, source)
    progress.write(args.work_dir / 'left_out.json', left_out)
    if weights:
        save_weights(weights, task.weights)
    lists = {
        args.work_dir / f'{split}.txt': [list_line(video, classes) for video in rows]
        for split, rows in by_split.items()
        if rows
    }
    # The config last: if it is there, everything is.
    files = {args.work_dir / 'classes.txt': classes, args.work_dir / 'config.py': [text]}
    write_whole(lists | files)


def parse_args(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('folder', type=Path, nargs='?', help="of the classes, or of the table's paths")
    add('--config', type=Path, required=True, help='what to fine-tune')
    add('--work-dir', type=Path, required=True, help='all results go here')
    add('--csv', type=Path, help='a table: path,label and, if wanted, split and group')
    add('--weights', help="a checkpoint of CONFIG's model to start from")
    add('--epochs', type=int, help="default: CONFIG's, or more for a small data set")
    add('--gpus', type=int, default=1, help='training processes, also without a GPU')
    add('--val-fraction', type=float, default=0.2, help='of the videos (default: 0.2)')
    add('--seed', type=int, default=0)
    add('--balance', action='store_true', help='repeat videos of rare classes')
    add('--keep-damaged', action='store_true', help='videos that decode with complaints')
    add('--processes', type=int, default=os.cpu_count(), help='to check (default: cores)')
    add('--time-limit', type=float, default=60, help='seconds for a check (default: 60)')
    args = parser.parse_args(argv)
    for name in ('epochs', 'gpus', 'processes', 'time_limit'):
        value = getattr(args, name)
        if value is not None and not value > 0:
            parser.error(f'--{name.replace("_", "-")} must be above 0, got {value}')
    if not 0 < args.val_fraction < 1:
        parser.error(f'--val-fraction must be between 0 and 1, got {args.val_fraction}')
    if args.folder is None:
        if args.csv is None:
            parser.error('give FOLDER, or --csv, or both')
        args.folder = args.csv.parent
    for path in filter(None, (args.csv, args.config)):
        if not path.is_file():
            parser.error(f'{path} does not exist')
    # Absolute, since the config must work from any folder.
    for name in ('folder', 'csv', 'config', 'work_dir'):
        if getattr(args, name) is not None:
            setattr(args, name, Path(os.path.abspath(getattr(args, name))))
    return args


def finetune(args: argparse.Namespace) -> None:
    """All stages, each unless it is finished."""
    cfg = Config.fromfile(args.config)
    check_base(cfg, str(args.config))
    if not args.weights and cfg.get('load_from'):
        args.weights = cfg.load_from
        if '://' not in args.weights and not Path(args.weights).is_file():
            raise ValueError(
                f'{args.config} starts from {args.weights}, which does not exist: give '
                'another checkpoint by --weights'
            )
    videos = read_videos(args)
    source = made_from(args, videos)
    config = args.work_dir / 'config.py'
    if config.exists() and not progress.read(args.work_dir / MADE_FROM):
        raise ValueError(f'{config} is not from this tool: give another --work-dir')
    weights = None
    if args.weights and not config.exists():
        weights, left, fresh = without_classifier(args.weights, cfg)
        print(f'Left out of {args.weights}: {", ".join(left) or "nothing"}')
        print(f'Not in it, so starting anew: {", ".join(fresh) or "nothing"}')
    args.work_dir.mkdir(parents=True, exist_ok=True)
    with locked(args.work_dir) as lock:
        before = progress.read(args.work_dir / MADE_FROM)
        if before:
            progress.check_same(args.work_dir, before, source)
        if config.exists():
            print(f'{config} was written earlier and is used as it is')
        else:
            prepare(args, cfg, videos, source, weights)
        finished = train_and_test(args.work_dir, TOOLS, args.gpus, lock)
        commands = [f'python {shlex.join(sys.argv)}', *finished['commands']]
        write_report(args.work_dir, TOOLS, finished['checkpoint'], commands, lock)
    metrics = ', '.join(f'{k} {value:.3f}' for k, value in finished['metrics'].items())
    checkpoint = finished['checkpoint']
    tested = 'test' if (args.work_dir / 'test.txt').exists() else 'validation'
    predict = shlex.join(map(str, (TOOLS / 'predict.py', config, checkpoint, 'VIDEO')))
    print(f"""
On the {tested} videos: {metrics}
Report:     {args.work_dir / 'report.html'}
Config:     {config}
Checkpoint: {checkpoint}
Predict:    python {predict}""")


def main(argv: list[str] | None = None) -> None:
    args = parse_args(argv)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        finetune(args)
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')
    except KeyboardInterrupt:
        print('interrupted; the same command goes on from here', file=sys.stderr)
        sys.exit(130)


if __name__ == '__main__':
    main()
