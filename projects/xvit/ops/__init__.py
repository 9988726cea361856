"""The temporal operations, as pure functions of tensors that need only PyTorch."""

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
