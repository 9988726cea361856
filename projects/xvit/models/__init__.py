from .backbones import TPSSwin, TPSViT, XViT
from .heads import FrameAverageHead, TemporalAttentionHead

__all__ = ['FrameAverageHead', 'TPSSwin', 'TPSViT', 'TemporalAttentionHead', 'XViT']
