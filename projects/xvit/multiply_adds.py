"""The multiply-adds of a recognizer, without computing anything.

PyTorch's ``FlopCounterMode`` counts matrix products, convolutions and attention from the
shapes of tensors on the meta device. Norms and pooling are added by mmengine's rules, so
that the sum is the one of :func:`projects.xvit.analysis.count_cost`, which runs the model.
"""

import math

import torch
import torch.nn.functional as F
from mmaction.models.recognizers.base import BaseRecognizer
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils.flop_counter import FlopCounterMode

Shape = tuple[int, ...]


def count_multiply_adds(model: BaseRecognizer, shape: Shape) -> int:
    """The multiply-adds of one sample through backbone, neck and head.

    Args:
        model (BaseRecognizer): The recognizer, in evaluation mode. It stays as it is.
        shape (tuple[int]): See :func:`projects.xvit.analysis.count_cost`.

    Raises:
        ValueError: If the model has no head, or the backbone refuses the shape.
    """
    if not model.with_cls_head:
        raise ValueError('model must have a cls_head, its cost is that of the scores')
    state = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    state = {name: value.detach().to('meta') for name, value in state.items()}
    sample = torch.zeros(1, *shape, device='meta')
    counter = FlopCounterMode(display=False, custom_mapping=NORMS)
    with torch.no_grad(), _Pooling() as pooling, counter:
        torch.func.functional_call(model, state, sample, dict(stage='head'))
    # PyTorch counts a multiplication and an addition as two.
    return counter.get_total_flops() // 2 + pooling.count


def _norm(x: Shape, _, weight: Shape | None = None, *args, **kwargs) -> int:
    return 2 * math.prod(x) * (4 if weight is None else 5)


def _group_norm(x: Shape, weight: Shape | None = None, *args, **kwargs) -> int:
    return _norm(x, None, weight)


def _batch_norm(x: Shape, weight: Shape | None = None, *args, **kwargs) -> int:
    return 2 * math.prod(x) * (1 if weight is None else 2)


NORMS = {
    torch.ops.aten.native_layer_norm: _norm,
    torch.ops.aten.native_group_norm: _group_norm,
    torch.ops.aten._native_batch_norm_legit_no_training: _batch_norm,
}


class _Pooling(TorchFunctionMode):
    """Counts adaptive pooling, one for each value. Below it looks like any mean."""

    count = 0

    def __torch_function__(self, function, types, args=(), kwargs=None) -> Tensor:
        if function is F.adaptive_avg_pool2d:
            self.count += args[0].numel()
        return function(*args, **(kwargs or {}))
