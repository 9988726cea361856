from .checked_video_dataset import CheckedVideoDataset
from .epic_kitchens_dataset import EpicKitchensDataset
from .transforms import SegmentInit

__all__ = ['CheckedVideoDataset', 'EpicKitchensDataset', 'SegmentInit']
