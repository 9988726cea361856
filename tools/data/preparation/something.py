"""Something-Something: clips by id, classes by the template's sentence."""

from pathlib import Path

from .files import find_file, read_entries, read_json, read_table, read_text
from .lists import Clip, check_classes

NUM_CLASSES = 174


def label_of(name: str, labels: dict[str, int], where: str) -> int:
    """Return the label of a class. ``ValueError`` names the row of an unknown class."""
    if name not in labels:
        raise ValueError(f'{where}: unknown class {name!r}')
    return labels[name]


def read_v2(folder: Path) -> tuple[list[str], dict[str, list[Clip]]]:
    """Return the class names and the clips of version 2's JSON files.

    The files may have the names of either official package, ``train.json`` or
    ``something-something-v2-train.json``. If the file of the answers exists, there is a
    split ``test``.

    Raises:
        FileNotFoundError, ValueError: If a file is missing or malformed.
    """

    def named(name: str) -> list[str]:
        return [name, f'something-something-v2-{name}']

    path = find_file(folder, named('labels.json'))
    labels = {}
    for name, label in read_json(path, dict).items():
        if not str(label).isdecimal() or isinstance(label, bool):
            raise ValueError(f'{path}: the label of {name!r} must be a number: {label!r}')
        labels[name] = int(label)
    classes = sorted(labels, key=labels.get)
    check_classes(classes, NUM_CLASSES, path)
    for expected, name in enumerate(classes):
        if labels[name] != expected:
            raise ValueError(
                f'{path}: labels must be 0 to {NUM_CLASSES - 1}, each once, but '
                f'{name!r} has {labels[name]}'
            )

    clips = {}
    for split, name in (('train', 'train.json'), ('val', 'validation.json')):
        clips[split] = []
        file = find_file(folder, named(name))
        for where, entry in read_entries(file, id=str, template=str):
            sentence = entry['template'].replace('[', '').replace(']', '')
            label = label_of(sentence, labels, where)
            clips[split].append(Clip((entry['id'],), label, where))
    answers = [folder / name for name in named('test-answers.csv')]
    if any(answer.is_file() for answer in answers):
        clips['test'] = read_answers(find_file(folder, named('test-answers.csv')), labels)
    return classes, clips


def read_answers(path: Path, labels: dict[str, int]) -> list[Clip]:
    """Return the clips of a table ``id;class`` without a header."""
    rows = read_table(path, ['id', 'class'], delimiter=';', header=False)
    return [
        Clip((row['id'],), label_of(row['class'], labels, where), where)
        for where, row in rows
    ]


def read_v1(folder: Path) -> tuple[list[str], dict[str, list[Clip]]]:
    """Return the class names and the clips of version 1's CSV files.

    Classes are in alphabetical order: the authors of TPS, and of TSM before them, sort the
    lines of the labels' file.

    Raises:
        FileNotFoundError, ValueError: If a file is missing or malformed.
    """

    def file(name: str) -> Path:
        return find_file(folder, [f'something-something-v1-{name}.csv', f'{name}.csv'])

    path = file('labels')
    names = (line.strip() for line in read_text(path).splitlines())
    classes = sorted(name for name in names if name)
    check_classes(classes, NUM_CLASSES, path)
    labels = {name: label for label, name in enumerate(classes)}
    return classes, {
        'train': read_answers(file('train'), labels),
        'val': read_answers(file('validation'), labels),
    }
