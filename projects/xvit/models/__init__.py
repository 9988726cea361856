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
from .necks import FramesAsVolume

__all__ = [
    'ChannelShift',
    'FrameAverageHead',
    'FramesAsVolume',
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
