from .checked_video_dataset import CheckedVideoDataset
from .epic_kitchens_dataset import EpicKitchensDataset
from .transforms import (
    ClipAutoAugment,
    ClipRandAugment,
    SegmentInit,
    UniformSegmentSample,
)

__all__ = [
    'CheckedVideoDataset',
    'ClipAutoAugment',
    'ClipRandAugment',
    'EpicKitchensDataset',
    'SegmentInit',
    'UniformSegmentSample',
]
