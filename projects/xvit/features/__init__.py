"""Features of videos of any length, as files for temporal action detection."""

from .extractor import Extractor
from .files import find_videos, is_done
from .reader import READ_ERRORS

__all__ = ['READ_ERRORS', 'Extractor', 'find_videos', 'is_done']
