"""The moves along time: pure functions of tensors, no framework import."""

from .channel_shift import channel_shift

__all__ = ['channel_shift']
