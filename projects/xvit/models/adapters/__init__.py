"""Cheap tuning: a frozen host with trainable adapters."""

from .peft_backbone import PeftBackbone

__all__ = ['PeftBackbone']
