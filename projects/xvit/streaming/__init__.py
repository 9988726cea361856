"""Run a model on a video frame by frame, with the whole clip's features."""

from .recognizer import StreamRecognizer
from .stream import Stream
from .tape import Tape

__all__ = ['Stream', 'StreamRecognizer', 'Tape']
