"""Run a backbone on a video frame by frame, with the whole clip's features."""

from .stream import Stream
from .tape import Tape

__all__ = ['Stream', 'Tape']
