"""Permute tokens with one copy in the forward pass and one in the backward pass."""

import torch
from torch import Tensor


def reorder(x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
    r"""Permute tokens: :math:`y_i = x_{p(i)}` with the permutation p.

    Args:
        x (Tensor): ``(N, L, C)``.
        order (Tensor): The permutation, ``(L,)``.
        inverse (Tensor): Its inverse, ``argsort(order)``, with which the backward pass
            gathers the gradient. Autograd's own backward pass would be a scatter-add.

    Returns:
        Tensor: ``(N, L, C)``.
    """
    if not (torch.is_grad_enabled() and x.requires_grad):
        return x.index_select(1, order)
    return _Reorder.apply(x, order, inverse)


class _Reorder(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
        ctx.save_for_backward(order, inverse)
        return x.index_select(1, order)

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple:
        order, inverse = ctx.saved_tensors
        return reorder(grad, inverse, order), None, None
