"""Replace an image model's attention without touching its parameters."""

from typing import TypeVar

import torch
from mmpretrain.models.utils import MultiheadAttention

Attention = TypeVar('Attention', bound=MultiheadAttention)


def adopt(attention: type[Attention], attn: MultiheadAttention, **kwargs) -> Attention:
    """Build ``attention`` around the modules of an image layer's ``attn``.

    Args:
        attention (type): Subclass of ``MultiheadAttention`` with no new parameters.
        attn (MultiheadAttention): The layer's, whose projections and drops are taken over.
        **kwargs: Arguments of ``attention`` beyond those of ``attn``.

    Returns:
        MultiheadAttention: An instance of ``attention`` with the same parameter names.
    """
    with torch.device('meta'):
        adopted = attention(
            attn.embed_dims, attn.num_heads, attn_drop=attn.attn_drop, **kwargs
        )
    for name, module in attn.named_children():
        setattr(adopted, name, module)
    return adopted
