from .adopt import adopt
from .leap_attention import LeapAttention
from .patch_shift_attention import PatchShiftAttention
from .periodic_shift import PeriodicShift
from .space_time_mixing_attention import SpaceTimeMixingAttention
from .temporal_shift import ChannelShift, PatchShift
from .temporal_window_msa import TemporalShiftWindowMSA, TemporalWindowMSA
from .visformer_leap_attention import VisformerLeapAttention

__all__ = [
    'ChannelShift',
    'LeapAttention',
    'PatchShift',
    'PatchShiftAttention',
    'PeriodicShift',
    'SpaceTimeMixingAttention',
    'TemporalShiftWindowMSA',
    'TemporalWindowMSA',
    'VisformerLeapAttention',
    'adopt',
]
