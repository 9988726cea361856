"""Diving-48: clips by name, classes by the four words of a dive."""

from pathlib import Path

from .files import check_span, find_file, read_entries, read_json
from .lists import Clip, check_classes

NUM_CLASSES = 48


def read_diving48(folder: Path) -> tuple[list[str], dict[str, list[Clip]]]:
    """Return the class names and the clips of version 2's JSON files.

    Classes are in the vocabulary's order. The official test split is the configs' ``val``.

    Raises:
        FileNotFoundError, ValueError: If a file is missing or malformed.
    """
    path = find_file(folder, ['Diving48_vocab.json'])
    classes = []
    for number, words in enumerate(read_json(path, list), start=1):
        if not isinstance(words, list) or not all(isinstance(w, str) and w for w in words):
            raise ValueError(f'{path}, entry {number}: must be a list of words: {words!r}')
        classes.append(' '.join(words))
    check_classes(classes, NUM_CLASSES, path)

    clips = {'train': [], 'val': []}
    fields = dict(vid_name=str, label=int, start_frame=int, end_frame=int)
    for split, name in (('train', 'train'), ('val', 'test')):
        file = find_file(folder, [f'Diving48_V2_{name}.json'])
        for where, entry in read_entries(file, **fields):
            if not 0 <= entry['label'] < NUM_CLASSES:
                raise ValueError(
                    f'{where}: label must be 0 to {NUM_CLASSES - 1}, got {entry["label"]}'
                )
            check_span(entry['start_frame'], entry['end_frame'], where)
            clips[split].append(Clip((entry['vid_name'],), entry['label'], where))
    return classes, clips
