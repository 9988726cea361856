"""Flips in a training pipeline, for classes that say left or right."""

import re
from collections.abc import Sequence

FLIPS = ('Flip', 'LabelAwareFlip')
# Not "bright", not "cleft"; "moving_left" and "Left turn" are found.
SIDED = re.compile(r'(?<![a-z])(left|right)(?![a-z])', re.IGNORECASE)


def sided_classes(classes: Sequence[str]) -> list[int]:
    """Return the numbers of the classes whose name says left or right."""
    return [number for number, name in enumerate(classes) if SIDED.search(name)]


def new_flips(
    pipeline: Sequence[dict], classes: Sequence[str], multi_label: bool
) -> dict[int, dict]:
    """Return replacements of a pipeline's flips, by their index.

    A mirrored video of "moving left" shows another class, so it is never flipped. Labels
    that a flip of the original data set names are not these classes, so they are dropped.

    Args:
        pipeline: Steps as configs.
        classes: Names, in the order of the class numbers.
        multi_label: Whether a video may have several labels. ``LabelAwareFlip`` takes one,
            so then either all videos are flipped or none is.
    """
    sided, found = sided_classes(classes), {}
    for index, step in enumerate(pipeline):
        ratio = step.get('flip_ratio', 0.5)
        if step['type'].rpartition('.')[2] not in FLIPS or not ratio:
            continue
        if step.get('direction', 'horizontal') != 'horizontal':
            continue
        if sided and not multi_label:
            new = dict(type='LabelAwareFlip', flip_ratio=ratio, fixed_labels=sided)
        else:
            new = dict(type='Flip', flip_ratio=0 if sided else ratio)
        if new != dict(step):
            found[index] = new
    return found
