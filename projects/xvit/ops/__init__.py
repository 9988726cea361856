"""The moves along time: pure functions of tensors, no framework import."""

from .channel_shift import channel_shift
from .patch_shift import MOSAICS, as_mosaic, patch_shift, shown_frames

__all__ = ['MOSAICS', 'as_mosaic', 'channel_shift', 'patch_shift', 'shown_frames']
