from .backbones import LAPSVisformer, LAPSViT, TPSSwin, TPSViT, XViT
from .heads import FrameAverageHead, TemporalAttentionHead

__all__ = [
    'FrameAverageHead',
    'LAPSViT',
    'LAPSVisformer',
    'TPSSwin',
    'TPSViT',
    'TemporalAttentionHead',
    'XViT',
]
