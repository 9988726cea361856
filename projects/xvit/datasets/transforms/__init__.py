from .clip_augment import ClipAutoAugment, ClipRandAugment
from .uniform_segment_sample import UniformSegmentSample

__all__ = ['ClipAutoAugment', 'ClipRandAugment', 'UniformSegmentSample']
