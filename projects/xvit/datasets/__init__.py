from .checked_video_dataset import CheckedVideoDataset
from .transforms import ClipAutoAugment, ClipRandAugment, UniformSegmentSample

__all__ = [
    'CheckedVideoDataset',
    'ClipAutoAugment',
    'ClipRandAugment',
    'UniformSegmentSample',
]
