"""Tensors whose shape differs between a checkpoint and a model, in words."""

import logging
import math

from mmengine.logging import print_log

Shape = tuple[int, ...]


def warn_reshaped(key: str, shape: Shape, expected: Shape) -> None:
    """Log a warning that a tensor of a checkpoint is resized as it loads."""
    words = in_words(key, tuple(shape), tuple(expected), fits=True)
    print_log(words, logger='current', level=logging.WARNING)


def in_words(key: str, shape: Shape, expected: Shape, fits: bool) -> str:
    """What a differing shape means.

    Args:
        key (str): The tensor's name.
        shape (tuple[int, ...]): In the checkpoint.
        expected (tuple[int, ...]): In the model.
        fits (bool): Whether the model resizes it as it loads.

    Returns:
        str: A sentence without a full stop.
    """
    name = key.rpartition('.')[2]
    if not fits:
        return f'{_subject(key, shape, expected)}: it cannot be loaded'
    if name == 'temporal_embed':
        how = 'it will be interpolated'
    elif name.startswith('pos_embed'):
        how = 'it will be resized by interpolation'
    elif name == 'relative_position_bias_table':
        how = f'the table will be repeated {expected[0] // shape[0]} times'
    elif len(shape) == 4 and len(expected) == 5:
        how = f'it will be repeated over {expected[2]} frames and divided by {expected[2]}'
    else:
        how = 'it will be changed as it loads'
    return f'{_subject(key, shape, expected)}: {how}'


def _subject(key: str, shape: Shape, expected: Shape) -> str:
    name = key.rpartition('.')[2]
    same_rank = len(shape) == len(expected)
    if name == 'temporal_embed' and same_rank and shape[3:] == expected[3:]:
        return f'the temporal embedding has {shape[1]} entries, the config {expected[1]}'
    if name == 'pos_embed' and len(shape) == len(expected) == 3 and shape[2] == expected[2]:
        return (
            f'the position embedding has {_grid(shape[1])} patches, '
            f'the config {_grid(expected[1])}'
        )
    if name.startswith('pos_embed') and len(shape) == len(expected) == 4:
        sizes = ['{} x {}'.format(*s[2:]) for s in (shape, expected)]
        return f'the position embedding {key} is {sizes[0]}, the config has {sizes[1]}'
    if '.fc_cls.' in key and same_rank and shape[1:] == expected[1:]:
        return f'the classifier {key} has {shape[0]} classes, the config {expected[0]}'
    return f'{key} has the shape {shape}, the config {expected}'


def _grid(tokens: int) -> str:
    """A ViT's patches beside its class token."""
    side = math.isqrt(tokens - 1)
    return f'{side} x {side}' if side * side == tokens - 1 else str(tokens - 1)
