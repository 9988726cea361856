"""Image models on every frame of a clip, with the places where moves act."""

from .timm_vit import TimmVideoViT
from .visformer import VideoVisformer
from .vit import VideoViT

__all__ = ['TimmVideoViT', 'VideoViT', 'VideoVisformer']
