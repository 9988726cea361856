from .backbones import LAPSVisformer, LAPSViT, XViT
from .heads import FrameAverageHead, TemporalAttentionHead

__all__ = ['FrameAverageHead', 'LAPSViT', 'LAPSVisformer', 'TemporalAttentionHead', 'XViT']
