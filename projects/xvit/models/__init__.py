from .backbones import XViT
from .heads import FrameAverageHead, TemporalAttentionHead

__all__ = ['FrameAverageHead', 'TemporalAttentionHead', 'XViT']
