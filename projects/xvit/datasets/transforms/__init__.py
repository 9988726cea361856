from .segment_init import SegmentInit

__all__ = ['SegmentInit']
