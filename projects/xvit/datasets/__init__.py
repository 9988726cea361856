from .cached_features import CachedFeatures
from .checked_video_dataset import CheckedVideoDataset
from .epic_kitchens_dataset import EpicKitchensDataset
from .stream_windows_dataset import StreamWindowsDataset
from .transforms import (
    CenteredSampleFrames,
    ClipAutoAugment,
    ClipColorJitter,
    ClipImgAugment,
    ClipRandAugment,
    ExactPyAVDecode,
    ExactPyAVInit,
    LabelAwareFlip,
    LinspaceSampleFrames,
    PillowResize,
    SegmentInit,
    TorchCodecDecode,
    TorchCodecInit,
    UniformSegmentSample,
)

__all__ = [
    'CachedFeatures',
    'CenteredSampleFrames',
    'CheckedVideoDataset',
    'ClipAutoAugment',
    'ClipColorJitter',
    'ClipImgAugment',
    'ClipRandAugment',
    'EpicKitchensDataset',
    'ExactPyAVDecode',
    'ExactPyAVInit',
    'LabelAwareFlip',
    'LinspaceSampleFrames',
    'PillowResize',
    'SegmentInit',
    'StreamWindowsDataset',
    'TorchCodecDecode',
    'TorchCodecInit',
    'UniformSegmentSample',
]
