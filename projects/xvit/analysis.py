"""What a config's recognizer costs: parameters, multiply-adds and activations.

mmengine's analyzers count, and fused attention is added to what they know.
"""

import functools
import math
from dataclasses import dataclass
from unittest import mock

import torch
from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.registry import MODELS
from mmengine.analysis import ActivationAnalyzer, FlopAnalyzer, parameter_count
from mmengine.analysis.jit_handles import generic_activation_jit
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import nn

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Cost:
    """What one pass of a model costs, by module name; ``''`` is the whole model.

    ``activations`` are the elements that convolutions, matrix products and attention put
    out. ``uncounted`` names the operators that add nothing to ``multiply_adds``.
    """

    shape: Shape
    parameters: dict[str, int]
    multiply_adds: dict[str, int]
    activations: dict[str, int]
    uncounted: tuple[str, ...]


def build_recognizer(cfg: Config) -> nn.Module:
    """The config's model in evaluation mode, with random weights; none are downloaded."""
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    return MODELS.build(without_weights(cfg.model)).eval()


def without_weights(node):
    """A model's config without the files that its modules would start from."""
    if isinstance(node, dict):
        kept = ((k, v) for k, v in node.items() if k not in ('init_cfg', 'pretrained'))
        return {key: without_weights(value) for key, value in kept}
    if isinstance(node, (list, tuple)):
        return type(node)(without_weights(value) for value in node)
    return node


def view_shape(cfg: Config) -> Shape:
    """One view of the test pipeline, ``(1, 3, T, H, W)``.

    Raises:
        ValueError: If the pipeline does not say how long or how large a view is, or lays
            it out otherwise.
    """
    steps = cfg.test_dataloader.dataset.pipeline if 'test_dataloader' in cfg else []
    found = {}
    for step in steps:
        for key in ('clip_len', 'crop_size', 'input_format'):
            if key in step:
                found[key] = step[key]
    if found.get('input_format') != 'NCTHW' or len(found) < 3:
        raise ValueError(
            'the shape of a view is not in the config: its test pipeline should give '
            f"clip_len, crop_size and input_format='NCTHW', and gives {found or 'none'}: "
            'name the shape to get_flops.py by --shape'
        )
    size = found['crop_size']
    height, width = (size, size) if isinstance(size, int) else size
    return (1, 3, found['clip_len'], height, width)


def count_cost(model: nn.Module, shape: Shape) -> Cost:
    """Count one sample's way through backbone, neck and head.

    Args:
        model (BaseRecognizer): The recognizer, in evaluation mode.
        shape (tuple[int]): The sample's shape without the batch axis: views or frames
            first, as the model's ``extract_feat`` takes them. ``(1, 3, T, H, W)`` is one
            view for a ``Recognizer3D``, ``(T, 3, H, W)`` for a ``Recognizer2D``.

    Raises:
        TypeError: If the model is no recognizer.
        ValueError: If it has no head, or the backbone does not take the shape.
    """
    flops = traced(FlopAnalyzer, model, shape)
    return Cost(
        shape=tuple(shape),
        parameters=dict(parameter_count(model)),
        multiply_adds=dict(flops.by_module()),
        activations=dict(traced(ActivationAnalyzer, model, shape).by_module()),
        uncounted=tuple(sorted(flops.unsupported_ops())),
    )


def count_multiply_adds(model: nn.Module, shape: Shape) -> int:
    """The whole model's multiply-adds alone, as :func:`count_cost` has them, sooner."""
    return traced(FlopAnalyzer, model, shape).total()


@torch.no_grad()
def traced(analyzer_type: type, model: nn.Module, shape: Shape):
    """An analyzer that has followed one sample from the input to the scores."""
    if not isinstance(model, BaseRecognizer):
        raise TypeError(f'model must be a recognizer, got {type(model).__name__}')
    if not model.with_cls_head:
        raise ValueError('model must have a cls_head, its cost is that of the scores')
    scores = functools.partial(model.forward, stage='head')
    # The hooks that tell modules apart need the recognizer itself to be called.
    with mock.patch.object(model, 'forward', scores):
        analyzer = analyzer_type(model, (torch.zeros(1, *shape),))
        analyzer.set_op_handle(
            'aten::scaled_dot_product_attention',
            attention_flops
            if analyzer_type is FlopAnalyzer
            else generic_activation_jit('attention'),
        )
        # The warnings repeat what ``Cost.uncounted`` says.
        analyzer.unsupported_ops_warnings(False)
        analyzer.uncalled_modules_warnings(False)
        analyzer.tracer_warnings('none')
        analyzer.total()  # traces; what is asked of it later is stored by this
    return analyzer


def attention_flops(inputs: list, outputs: list) -> int:
    """Multiply-adds of attention, from the traced shapes of q, k and v."""
    q, k, v = (value.type().sizes() for value in inputs[:3])
    return math.prod(q[:-1]) * k[-2] * (q[-1] + v[-1])
