from .heads import FrameAverageHead, MultiTaskHead, TemporalAttentionHead
from .hosts import TimmVideoViT, VideoVisformer, VideoViT
from .methods import LAPSVisformer, LAPSViT, TokShiftViT, TPSSwin, TPSViT, XViT
from .moves import ChannelShift, Leap, PatchShift, SummaryTokens
from .necks import InnerFrames

__all__ = [
    'ChannelShift',
    'FrameAverageHead',
    'InnerFrames',
    'LAPSViT',
    'LAPSVisformer',
    'Leap',
    'MultiTaskHead',
    'PatchShift',
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
