from .adapters import PeftBackbone
from .heads import FrameAverageHead, MultiTaskHead, TemporalAttentionHead
from .hosts import TimmVideoViT, VideoVisformer, VideoViT
from .methods import LAPSVisformer, LAPSViT, TokShiftViT, TPSSwin, TPSViT, XViT
from .moves import ChannelShift, Leap, PatchShift, SummaryTokens

__all__ = [
    'ChannelShift',
    'FrameAverageHead',
    'LAPSViT',
    'LAPSVisformer',
    'Leap',
    'MultiTaskHead',
    'PatchShift',
    'PeftBackbone',
    'SummaryTokens',
    'TPSSwin',
    'TPSViT',
    'TemporalAttentionHead',
    'TimmVideoViT',
    'TokShiftViT',
    'VideoViT',
    'VideoVisformer',
    'XViT',
]
