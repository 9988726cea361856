"""Replace an image model's attention without touching its parameters."""

from typing import TypeVar

import torch
from mmpretrain.models.utils import MultiheadAttention
from timm.models.visformer import Attention as VisformerAttention
from torch import nn

Attention = TypeVar('Attention', bound=nn.Module)


def adopt(attention: type[Attention], attn: nn.Module, **kwargs) -> Attention:
    """Build ``attention`` around the modules of an image layer's ``attn``.

    Args:
        attention (type): Subclass of ``attn``'s class with no new parameters.
        attn (MultiheadAttention | VisformerAttention): The layer's, mmpretrain's or
            timm's, whose projections and drops are taken over.
        **kwargs: Arguments of ``attention`` beyond those of ``attn``.

    Returns:
        nn.Module: An instance of ``attention`` with the same parameter names.
    """
    with torch.device('meta'):
        adopted = attention(**_arguments(attn), **kwargs)
    for name, module in attn.named_children():
        setattr(adopted, name, module)
    return adopted


def _arguments(attn: MultiheadAttention | VisformerAttention) -> dict:
    """What ``attn`` was built with, as far as its modules do not say it."""
    if isinstance(attn, VisformerAttention):
        ratio = attn.head_dim / (attn.dim // attn.num_heads)
        return dict(dim=attn.dim, num_heads=attn.num_heads, head_dim_ratio=ratio)
    return dict(
        embed_dims=attn.embed_dims, num_heads=attn.num_heads, attn_drop=attn.attn_drop
    )
