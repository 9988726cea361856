"""Tokens in another order: one copy forward and, as it has an inverse, one backward."""

import torch
from torch import Tensor


def reorder(x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
    r"""Take tokens in another order, :math:`y_i = x_{p(i)}` with a permutation p.

    Args:
        x (Tensor): ``(N, L, C)``.
        order (Tensor): The permutation, ``(L,)``.
        inverse (Tensor): Its inverse, ``argsort(order)``, by which gradients go back:
            they need not be added up, as those of a gather in general do.

    Returns:
        Tensor: ``(N, L, C)``.
    """
    if not (torch.is_grad_enabled() and x.requires_grad):
        return x.index_select(1, order)
    return _Reorder.apply(x, order, inverse)


class _Reorder(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor, order: Tensor, inverse: Tensor) -> Tensor:
        return x.index_select(1, order)

    @staticmethod
    def setup_context(ctx, inputs: tuple, output: Tensor) -> None:
        ctx.save_for_backward(*inputs[1:])

    @staticmethod
    def backward(ctx, grad: Tensor) -> tuple:
        order, inverse = ctx.saved_tensors
        return reorder(grad, inverse, order), None, None
