"""Make MMAction2's lists and the class names of a data set from its official files.

Below ROOT, by default ``data/DATASET``, the tool reads ``annotations/`` and ``videos/``
(Kinetics: ``videos_train/`` and ``videos_val/``). It writes the lists that the configs
name, ``classes.txt`` with one class name per line, and ``preparation_report.csv``, which
says which videos are missing, have no bytes or are repeated. A list has the videos that
exist, so run the tool again when there are more.
``tools/data/README.md`` has the steps for each data set.
"""

import argparse
import sys
from functools import partial
from pathlib import Path

from preparation.diving48 import read_diving48
from preparation.kinetics import read_kinetics, rename_folders
from preparation.lists import mirrored, write_lists
from preparation.something import read_v1, read_v2
from preparation.video_folder import VideoFolder

READERS = {
    'sthv1': read_v1,
    'sthv2': read_v2,
    'kinetics400': partial(read_kinetics, num_classes=400),
    'kinetics600': partial(read_kinetics, num_classes=600),
    'diving48': read_diving48,
}


def prepare(dataset: str, root: Path, rename: bool) -> list[str]:
    """Read, check and write. Return a summary, as lines to print.

    Raises:
        OSError, ValueError: If a file is missing or malformed. Nothing is written then.
    """
    classes, clips = READERS[dataset](root / 'annotations')
    if dataset.startswith('kinetics'):
        roots = {split: root / f'videos_{split}' for split in clips}
        for folder in roots.values() if rename else ():
            print(f'{rename_folders(folder)} folders of {folder} renamed')
        folders = {split: VideoFolder(folder) for split, folder in roots.items()}
    else:
        folders = dict.fromkeys(clips, VideoFolder(root / 'videos'))
    summary = write_lists(root, dataset, classes, clips, folders)
    if flips := mirrored(classes):
        summary.append(f'flip_label_map = {flips}')
    return summary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('dataset', choices=READERS)
    parser.add_argument('root', nargs='?', type=Path, help='default: data/DATASET')
    parser.add_argument(
        '--rename-folders',
        action='store_true',
        help='Kinetics: rename the classes\' folders, "air drumming" to "air_drumming", '
        'since a path in a list must have no space',
    )
    args = parser.parse_args()
    if args.rename_folders and not args.dataset.startswith('kinetics'):
        parser.error('--rename-folders is for Kinetics')
    root = args.root or Path('data') / args.dataset
    try:
        print('\n'.join(prepare(args.dataset, root, args.rename_folders)))
    except (OSError, ValueError) as error:
        sys.exit(f'error: {error}')


if __name__ == '__main__':
    main()
