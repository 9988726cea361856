from .adopt import adopt
from .leap_attention import LeapAttention
from .periodic_shift import PeriodicShift
from .space_time_mixing_attention import SpaceTimeMixingAttention
from .visformer_leap_attention import VisformerLeapAttention

__all__ = [
    'LeapAttention',
    'PeriodicShift',
    'SpaceTimeMixingAttention',
    'VisformerLeapAttention',
    'adopt',
]
