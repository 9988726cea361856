"""Cheap tuning: a frozen host, and one with trainable adapters."""

from .frozen_backbone import FrozenBackbone
from .peft_backbone import PeftBackbone

__all__ = ['FrozenBackbone', 'PeftBackbone']
