from .uniform_segment_sample import UniformSegmentSample

__all__ = ['UniformSegmentSample']
