"""The papers' methods. Each turns the paper's arguments into moves of a host."""

from .laps_visformer import LAPSVisformer
from .laps_vit import LAPSViT
from .tokshift_vit import TokShiftViT
from .tps_swin import TPSSwin
from .tps_vit import TPSViT
from .xvit import XViT

__all__ = ['LAPSViT', 'LAPSVisformer', 'TPSSwin', 'TPSViT', 'TokShiftViT', 'XViT']
