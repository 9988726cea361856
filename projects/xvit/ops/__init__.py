"""The moves along time: pure functions of tensors, no framework import."""

from .channel_shift import channel_shift
from .leap import leap_grid, leap_pairs, pair, unpair

__all__ = ['channel_shift', 'leap_grid', 'leap_pairs', 'pair', 'unpair']
