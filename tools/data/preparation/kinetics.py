"""Kinetics-400 and -600: clips of YouTube videos, classes in alphabetical order."""

from pathlib import Path

from .files import check_span, find_file, read_table, to_number
from .lists import Clip, check_classes

COLUMNS = ['label', 'youtube_id', 'time_start', 'time_end']


def read_kinetics(
    folder: Path, num_classes: int
) -> tuple[list[str], dict[str, list[Clip]]]:
    """Return the class names and the clips of the official CSV files.

    The files may have the names that DeepMind, CVDF or MMAction2 give them. Classes are
    those of the training file, sorted with underscores for spaces as in MMAction2.

    Args:
        folder: The folder of the files.
        num_classes: 400 or 600.

    Raises:
        FileNotFoundError, ValueError: If a file is missing or malformed.
    """
    splits = {'train': ['train'], 'val': ['val', 'validate']}
    files = {
        split: find_file(
            folder,
            [
                f'{before}{name}.{ending}'
                for before in ('', 'kinetics_', f'kinetics-{num_classes}_')
                for name in names
                for ending in ('csv', 'txt')
            ],
        )
        for split, names in splits.items()
    }
    rows = {split: list(read_table(file, COLUMNS)) for split, file in files.items()}
    classes = sorted(
        {row['label'] for _, row in rows['train']}, key=lambda name: name.replace(' ', '_')
    )
    check_classes(classes, num_classes, files['train'])
    labels = {name: label for label, name in enumerate(classes)}

    clips = {split: [] for split in rows}
    for split, table in rows.items():
        for where, row in table:
            if row['label'] not in labels:
                raise ValueError(
                    f'{where}: {row["label"]!r} is not a class of {files["train"]}'
                )
            start, stop = (to_number(row[n], n, where) for n in ('time_start', 'time_end'))
            check_span(start, stop, where)
            name = row['youtube_id']
            trimmed = f'{name}_{int(start):06d}_{int(stop):06d}'
            clips[split].append(Clip((trimmed, name), labels[row['label']], where))
    return classes, clips


def rename_folders(root: Path) -> int:
    """Replace spaces by underscores in the names of subfolders. Return how many had some.

    Raises:
        FileExistsError: If the new name exists.
    """
    folders = [
        path for path in sorted(root.iterdir()) if ' ' in path.name and path.is_dir()
    ]
    for path in folders:
        target = path.with_name(path.name.replace(' ', '_'))
        if target.exists():
            raise FileExistsError(f'{path} cannot be renamed: {target} exists')
        path.rename(target)
    return len(folders)
