from .adapters import FrozenBackbone, PeftBackbone
from .data_preprocessors import ProbePreprocessor
from .heads import (
    AttentiveHead,
    FrameAverageHead,
    FrameConcatHead,
    MultiLabelHead,
    MultiTaskHead,
    TemporalAttentionHead,
)
from .hosts import TimmVideoViT, VideoVisformer, VideoViT
from .methods import LAPSVisformer, LAPSViT, TokShiftViT, TPSSwin, TPSViT, XViT
from .moves import ChannelShift, Leap, PatchShift, SummaryTokens
from .necks import FramesAsVolume, InnerFrames

__all__ = [
    'AttentiveHead',
    'ChannelShift',
    'FrameAverageHead',
    'FrameConcatHead',
    'FramesAsVolume',
    'FrozenBackbone',
    'InnerFrames',
    'LAPSViT',
    'LAPSVisformer',
    'Leap',
    'MultiLabelHead',
    'MultiTaskHead',
    'PatchShift',
    'PeftBackbone',
    'ProbePreprocessor',
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
