"""The moves along time: pure functions of tensors, no framework import."""

from .channel_shift import channel_shift
from .leap import leap_grid, pair, unpair
from .patch_shift import MOSAICS, as_mosaic, patch_shift, shown_frames
from .reorder import reorder

__all__ = [
    'MOSAICS',
    'as_mosaic',
    'channel_shift',
    'leap_grid',
    'pair',
    'patch_shift',
    'reorder',
    'shown_frames',
    'unpair',
]
