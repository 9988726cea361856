from .centered_sample_frames import CenteredSampleFrames
from .clip_augment import ClipAutoAugment, ClipRandAugment
from .clip_color_jitter import ClipColorJitter
from .clip_img_augment import ClipImgAugment
from .label_aware_flip import LabelAwareFlip
from .linspace_sample_frames import LinspaceSampleFrames
from .pillow_resize import PillowResize
from .segment_init import SegmentInit
from .uniform_segment_sample import UniformSegmentSample
from .video_decoders import (
    ExactPyAVDecode,
    ExactPyAVInit,
    TorchCodecDecode,
    TorchCodecInit,
)

__all__ = [
    'CenteredSampleFrames',
    'ClipAutoAugment',
    'ClipColorJitter',
    'ClipImgAugment',
    'ClipRandAugment',
    'ExactPyAVDecode',
    'ExactPyAVInit',
    'LabelAwareFlip',
    'LinspaceSampleFrames',
    'PillowResize',
    'SegmentInit',
    'TorchCodecDecode',
    'TorchCodecInit',
    'UniformSegmentSample',
]
