"""Image models that run on every frame of a clip, with places for moves."""

from .timm_vit import TimmVideoViT
from .visformer import VideoVisformer
from .vit import VideoViT

__all__ = ['TimmVideoViT', 'VideoViT', 'VideoVisformer']
