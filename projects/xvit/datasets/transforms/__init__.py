from .clip_augment import ClipAutoAugment, ClipRandAugment
from .segment_init import SegmentInit
from .uniform_segment_sample import UniformSegmentSample

__all__ = ['ClipAutoAugment', 'ClipRandAugment', 'SegmentInit', 'UniformSegmentSample']
