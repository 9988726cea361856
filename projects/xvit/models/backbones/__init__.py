from .xvit import XViT

__all__ = ['XViT']
