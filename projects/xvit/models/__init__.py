from .backbones import LAPSVisformer, LAPSViT, TPSSwin, TPSViT, XViT
from .heads import FrameAverageHead, MultiTaskHead, TemporalAttentionHead

__all__ = [
    'FrameAverageHead',
    'LAPSViT',
    'LAPSVisformer',
    'MultiTaskHead',
    'TPSSwin',
    'TPSViT',
    'TemporalAttentionHead',
    'XViT',
]
