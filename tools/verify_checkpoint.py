"""Check that a checkpoint fits a config. The exit code is 0 if it does, and 1 if not.

Checked are the names and shapes of the weights, NaN and infinity, the hash in the file's
name, and the arguments that the checkpoint was trained with. No code in the file is run.
A tensor that the model resizes on loading is a problem, or with --allow-resize a note.
"""

import argparse
from pathlib import Path

from mmengine.config import Config

import projects.xvit  # noqa: F401  (registers everything)
from projects.xvit.checkpoints.verify import verify


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('config', type=Path)
    parser.add_argument('checkpoint', type=Path)
    parser.add_argument(
        '--allow-resize',
        action='store_true',
        help='accept weights that are resized, such as position embeddings',
    )
    args = parser.parse_args()
    try:
        report = verify(Config.fromfile(args.config), args.checkpoint, args.allow_resize)
    except (OSError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')
    for note in report.notes:
        print(f'note: {note}')
    for problem in report.problems:
        print(f'problem: {problem}')
    if report.problems:
        parser.exit(1, f'{args.checkpoint} does not fit {args.config}\n')
    print(f'{args.checkpoint} fits {args.config}')


if __name__ == '__main__':
    main()
