from .adopt import adopt
from .space_time_mixing_attention import SpaceTimeMixingAttention

__all__ = ['SpaceTimeMixingAttention', 'adopt']
