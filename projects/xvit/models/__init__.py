from .adapters import PeftBackbone
from .heads import (
    FrameAverageHead,
    MultiLabelHead,
    MultiTaskHead,
    TemporalAttentionHead,
)
from .hosts import TimmVideoViT, VideoVisformer, VideoViT
from .methods import LAPSVisformer, LAPSViT, TokShiftViT, TPSSwin, TPSViT, XViT
from .moves import ChannelShift, Leap, PatchShift, SummaryTokens
from .necks import FramesAsVolume, InnerFrames

__all__ = [
    'ChannelShift',
    'FrameAverageHead',
    'FramesAsVolume',
    'InnerFrames',
    'LAPSViT',
    'LAPSVisformer',
    'Leap',
    'MultiLabelHead',
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
