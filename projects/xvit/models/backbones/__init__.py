from .tps_swin import TPSSwin
from .tps_vit import TPSViT
from .xvit import XViT

__all__ = ['TPSSwin', 'TPSViT', 'XViT']
