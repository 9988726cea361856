"""Report on a checkpoint: OUT_DIR/report.html, one page, and OUT_DIR/report.json.

The config's test set is tested once. The page has the accuracy with a confidence interval,
each class's precision and recall, the confusion matrix, the curves of the training, and the
frames of the surest mistakes and of the least sure videos. It opens from a file, without a
network. The JSON file has all its numbers.
"""

import os

os.environ.setdefault('OMP_WAIT_POLICY', 'PASSIVE')  # As tools/train.py does.

import argparse
import json
from pathlib import Path

from mmengine.config import Config, DictAction
from mmengine.fileio import list_from_file

import projects.xvit  # noqa: F401  (registers everything)
from projects.xvit.report.write import write_report


def read_left_out(path: Path) -> list[dict]:
    """The list of ``{"path": ..., "reason": ...}`` in a JSON file.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If it holds anything else.
    """
    try:
        videos = json.loads(path.read_text(encoding='utf-8'))
    except json.JSONDecodeError as error:
        raise ValueError(f'{path} is not JSON: {error}') from error
    keys = {'path', 'reason'}
    if not isinstance(videos, list) or any(
        not isinstance(video, dict) or video.keys() != keys for video in videos
    ):
        raise ValueError(f'{path} must hold a list of {{"path": ..., "reason": ...}}')
    return videos


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('config', type=Path)
    add('checkpoint', type=Path)
    add('out_dir', type=Path)
    add(
        '--labels',
        type=Path,
        help='one class name per line (default: those in the checkpoint)',
    )
    add('--left-out', type=Path, help='JSON: a list of {"path": ..., "reason": ...}')
    add('--command', nargs='+', action='extend', default=[], help='earlier commands')
    add('--cfg-options', nargs='+', action=DictAction, help='changes, key=value')
    return parser


def main() -> None:
    parser = make_parser()
    args = parser.parse_args()
    try:
        cfg = Config.fromfile(args.config)
        cfg.merge_from_dict(args.cfg_options or {})
        report = write_report(
            cfg,
            args.config,
            args.checkpoint,
            args.out_dir,
            left_out=read_left_out(args.left_out) if args.left_out else None,
            commands=args.command,
            classes=list_from_file(args.labels) if args.labels else None,
        )
    except (OSError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    name = 'accuracy' if 'accuracy' in report else 'mean_average_precision'
    print(f'{name.replace("_", " ")} {100 * report[name]["value"]:.1f} %')
    print(args.out_dir / 'report.html')


if __name__ == '__main__':
    main()
