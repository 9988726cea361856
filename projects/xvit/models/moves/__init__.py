"""The moves: parameter-free modules that each call one op at a place in a layer."""

from .attention import MovingAttention, set_moves
from .channel_shift import ChannelShift
from .clip import Clip, Layer
from .layer_moves import LayerMoves, per_layer
from .leap import Leap
from .patch_shift import PatchShift
from .summary_tokens import SummaryTokens

__all__ = [
    'ChannelShift',
    'Clip',
    'Layer',
    'LayerMoves',
    'Leap',
    'MovingAttention',
    'PatchShift',
    'SummaryTokens',
    'per_layer',
    'set_moves',
]
