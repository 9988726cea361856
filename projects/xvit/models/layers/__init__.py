from .adopt import adopt
from .patch_shift_attention import PatchShiftAttention
from .space_time_mixing_attention import SpaceTimeMixingAttention
from .temporal_shift import ChannelShift, PatchShift
from .temporal_window_msa import TemporalShiftWindowMSA, TemporalWindowMSA

__all__ = [
    'ChannelShift',
    'PatchShift',
    'PatchShiftAttention',
    'SpaceTimeMixingAttention',
    'TemporalShiftWindowMSA',
    'TemporalWindowMSA',
    'adopt',
]
