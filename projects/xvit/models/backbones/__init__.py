from .laps_visformer import LAPSVisformer
from .laps_vit import LAPSViT
from .xvit import XViT

__all__ = ['LAPSViT', 'LAPSVisformer', 'XViT']
