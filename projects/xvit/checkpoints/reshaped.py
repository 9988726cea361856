"""Say that a tensor of a checkpoint is resized on loading."""

import logging
import math

from mmengine.logging import print_log

Shape = tuple[int, ...]


def warn_reshaped(key: str, shape: Shape, expected: Shape) -> None:
    """Log a warning that a tensor of a checkpoint is resized on loading."""
    words = in_words(key, tuple(shape), tuple(expected))
    print_log(words, logger='current', level=logging.WARNING)


def in_words(key: str, shape: Shape, expected: Shape) -> str:
    """What is done to a tensor whose shape differs, as a sentence without a full stop.

    Args:
        key (str): The tensor's name.
        shape (tuple[int, ...]): In the checkpoint.
        expected (tuple[int, ...]): In the model.
    """
    name = key.rpartition('.')[2]
    what = f'{key} has the shape {shape}, the config {expected}'
    if name == 'temporal_embed':
        what = f'the temporal embedding has {shape[1]} entries, the config {expected[1]}'
        how = 'it will be interpolated'
    elif name.startswith('pos_embed'):
        how = 'it will be resized by interpolation'
        tokens = [s[1] if len(s) == 3 else 0 for s in (shape, expected)]
        sides = [math.isqrt(count) for count in tokens]
        if tokens == [side**2 + 1 for side in sides]:  # Square, with a class token.
            old, new = (f'{side} x {side}' for side in sides)
            what = f'the position embedding has {old} patches, the config {new}'
    elif name == 'relative_position_bias_table' and expected[0] % shape[0] == 0:
        how = f'the table will be repeated {expected[0] // shape[0]} times'
    elif len(shape) == 4 and len(expected) == 5:
        how = f'it will be repeated over {expected[2]} frames and divided by {expected[2]}'
    else:
        how = 'it will be resized'
    return f'{what}: {how}'
