from .checked_video_dataset import CheckedVideoDataset
from .transforms import UniformSegmentSample

__all__ = ['CheckedVideoDataset', 'UniformSegmentSample']
