"""Publish a trained model: ``OUT_YYYYMMDD-sha8.pth`` and a model card beside it.

Only the weights, the config's text, class names and versions are kept. If mmengine's
EMAHook averaged the weights, the average is published. The checkpoint is verified first,
and nothing is overwritten.
"""

import argparse
import os
from pathlib import Path

from mmengine.config import Config
from mmengine.fileio import list_from_file

import projects.xvit  # noqa: F401  (registers everything)
from projects.xvit.checkpoints.card import Facts
from projects.xvit.checkpoints.publish import publish


def metric(text: str) -> tuple[str, str]:
    """``name=value`` as ``(name, value)``."""
    name, equals, value = text.partition('=')
    if not (name and equals and value):
        raise argparse.ArgumentTypeError(f'must be name=value, got {text!r}')
    return name, value


def make_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument(
        'out', help="a folder (existing, or ending in '/'), or a folder and a file name"
    )
    parser.add_argument('--labels', type=Path, help='a file with one class name a line')
    parser.add_argument('--safetensors', action='store_true', help='instead of .pth')
    parser.add_argument('--hub-folder', type=Path, help='also write a Hub-style folder')
    card = parser.add_argument_group('for the card')
    card.add_argument('--data', help='what the model was trained on')
    card.add_argument(
        '--metric', type=metric, action='append', default=[], help='name=value'
    )
    card.add_argument('--measured-by', help='who measured the metrics, and how')
    card.add_argument('--throughput', help='measured, with unit and hardware')
    card.add_argument('--license', help='of the weights')
    return parser


def main() -> None:
    parser = make_parser()
    args = parser.parse_args()
    if args.metric and not args.measured_by:
        parser.error('--metric needs --measured-by')
    prefix = Path(args.out)
    if prefix.is_dir() or args.out.endswith(('/', os.sep)):
        prefix = prefix / args.config.stem
    facts = Facts(
        config=args.config.name,
        data=args.data,
        metrics=dict(args.metric),
        measured_by=args.measured_by,
        throughput=args.throughput,
        license=args.license,
    )
    try:
        written = publish(
            Config.fromfile(args.config),
            args.checkpoint,
            prefix,
            facts,
            classes=list_from_file(args.labels) if args.labels else None,
            safetensors=args.safetensors,
            hub_folder=args.hub_folder,
        )
    except (OSError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    for path in written:
        print(path)


if __name__ == '__main__':
    main()
