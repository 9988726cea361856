"""What a config's recognizer costs: parameters, multiply-adds and activations.

mmengine's analyzers do the counting. This adds fused attention, which they do not know.
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
    """What one forward pass costs, by module name. ``''`` is the whole model.

    ``activations`` counts the output elements of convolutions, matrix products and
    attention. ``uncounted`` names the operators that are missing from ``multiply_adds``.
    """

    shape: Shape
    parameters: dict[str, int]
    multiply_adds: dict[str, int]
    activations: dict[str, int]
    uncounted: tuple[str, ...]


def build_recognizer(cfg: Config, frozen_host: bool = False) -> nn.Module:
    """The config's model in evaluation mode, with random weights. Downloads nothing.

    Args:
        cfg (Config): A config with ``model``.
        frozen_host (bool): Load, and maybe download, the weights of a frozen host
            (``FrozenBackbone``, ``PeftBackbone``), which its checkpoints leave out.
    """
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    model = without_weights(cfg.model)
    backbone = cfg.model.get('backbone') or {}
    kind = MODELS.get(backbone.type) if frozen_host and 'type' in backbone else None
    if getattr(kind, 'has_frozen_host', False):
        model['backbone'] = backbone
    return MODELS.build(model).eval()


def without_weights(node):
    """A copy of a model's config without ``init_cfg`` and ``pretrained``."""
    if isinstance(node, dict):
        kept = ((k, v) for k, v in node.items() if k not in ('init_cfg', 'pretrained'))
        return {key: without_weights(value) for key, value in kept}
    if isinstance(node, (list, tuple)):
        return type(node)(without_weights(value) for value in node)
    return node


def view_shape(cfg: Config) -> Shape:
    """The shape of one view in the test pipeline, ``(1, 3, T, H, W)``.

    Raises:
        ValueError: If the pipeline lacks the clip length or the crop size, or its format
            is not ``'NCTHW'``.
    """
    steps = cfg.test_dataloader.dataset.pipeline if 'test_dataloader' in cfg else []
    found = {}
    for step in steps:
        for key in ('clip_len', 'crop_size', 'input_format'):
            if key in step:
                found[key] = step[key]
    if found.get('input_format') != 'NCTHW' or len(found) < 3:
        raise ValueError(
            'the shape of a view is not in the config: its test pipeline must have '
            f"clip_len, crop_size and input_format='NCTHW', but has {found or 'none'}. "
            'In get_flops.py, give --shape instead'
        )
    size = found['crop_size']
    height, width = (size, size) if isinstance(size, int) else size
    return (1, 3, found['clip_len'], height, width)


def count_cost(model: BaseRecognizer, shape: Shape) -> Cost:
    """Count the forward pass of one sample through backbone, neck and head.

    Args:
        model (BaseRecognizer): The recognizer, in evaluation mode.
        shape (tuple[int]): The sample's shape without the batch axis, as the model's
            ``extract_feat`` takes it: ``(1, 3, T, H, W)`` is one view for a
            ``Recognizer3D``, ``(T, 3, H, W)`` for a ``Recognizer2D``.

    Raises:
        ValueError: If the model has no head, or the backbone refuses the shape.
    """
    flops = _trace(FlopAnalyzer, model, shape)
    return Cost(
        shape=tuple(shape),
        parameters=dict(parameter_count(model)),
        multiply_adds=dict(flops.by_module()),
        activations=dict(_trace(ActivationAnalyzer, model, shape).by_module()),
        uncounted=tuple(sorted(flops.unsupported_ops())),
    )


@torch.no_grad()
def _trace(analyzer_type: type, model: BaseRecognizer, shape: Shape):
    """An analyzer that has traced one sample from the input to the scores."""
    if not model.with_cls_head:
        raise ValueError('model must have a cls_head, its cost is that of the scores')
    scores = functools.partial(model.forward, stage='head')
    # The analyzer must get the recognizer itself: a wrapper would change the module names.
    with mock.patch.object(model, 'forward', scores):
        analyzer = analyzer_type(model, (torch.zeros(1, *shape),))
        handle = ATTENTION_HANDLES[analyzer_type]
        analyzer.set_op_handle('aten::scaled_dot_product_attention', handle)
        # `Cost.uncounted` has what the warnings say.
        analyzer.unsupported_ops_warnings(False)
        analyzer.uncalled_modules_warnings(False)
        analyzer.tracer_warnings('none')
        analyzer.total()  # Traces the model; the analyzer keeps the counts.
    return analyzer


def attention_flops(inputs: list, outputs: list) -> int:
    """Multiply-adds of attention, from the traced shapes of q, k and v."""
    q, k, v = (value.type().sizes() for value in inputs[:3])
    return math.prod(q[:-1]) * k[-2] * (q[-1] + v[-1])


ATTENTION_HANDLES = {
    FlopAnalyzer: attention_flops,
    ActivationAnalyzer: generic_activation_jit('attention'),
}
