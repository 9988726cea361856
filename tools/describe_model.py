"""Describe in words what can only be seen in the model that a config builds.

This is where dropout acts, how the head's parameters are initialized, and which learning
rate and weight decay the optimizer has for each part of the model.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import torch
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch import nn


@contextmanager
def without_random_values() -> Iterator[None]:
    """Build modules without drawing their values, which would take most of the time."""
    keep = lambda values, *args, **kwargs: values
    with mock.patch.multiple(torch.Tensor, uniform_=keep, normal_=keep):
        yield


def temporal_embedding(backbone: nn.Module) -> str:
    """How many entries a learned temporal embedding has."""
    sizes = [p.shape[1] for n, p in backbone.named_parameters() if n == 'temporal_embed']
    return f'{sizes[0]} entries' if sizes else 'none'


def first_weights(head: nn.Module) -> str:
    """How a head's parameters are initialized, as measured after the fact."""
    torch.manual_seed(0)
    head.init_weights()
    found: dict[str, dict] = {}
    for name, module in head.named_modules():
        for key, value in module.named_parameters(prefix=name, recurse=False):
            if isinstance(module, nn.LayerNorm):
                continue
            kind = 'weights' if key.endswith('weight') else 'biases'
            kind = 'token' if value.ndim == 3 else kind
            fan_in = module.weight.shape[1] if isinstance(module, nn.Linear) else None
            found.setdefault(kind, {})[law(value, fan_in)] = None
    return '; '.join(f'{kind} {" or ".join(laws)}' for kind, laws in found.items())


def law(values: torch.Tensor, fan_in: int | None) -> str:
    """The distribution of these values: zero, normal, or uniform."""
    values = values.detach()
    largest, deviation = values.abs().max().item(), values.std().item()
    if largest == 0:
        return 'zero'
    if largest / deviation > 2:
        return f'normal, deviation {deviation:.1g}'
    if fan_in and 0.9 < largest * fan_in**0.5 <= 1:
        return 'uniform in 1 / sqrt(inputs)'
    return f'uniform in {largest:.2g}'


def dropout(model: nn.Module, frames: int) -> str:
    """The dropout rates in the head and what they act on, and those in the backbone."""
    head = model.cls_head
    channels = head.in_channels
    if type(head).__name__ == 'I3DHead':
        x = torch.zeros(1, channels, frames, 1, 1)
    else:
        x = torch.zeros(1, frames, channels)
    found = []

    def seen(values, p=0.5, training=True, inplace=False):
        if training and p:
            where = "the clip's feature" if values.numel() == channels else 'each frame'
            found.append(f'{p:g} on {where}')
        return values

    with mock.patch('torch.nn.functional.dropout', seen):
        head.train()(x)
    rates = {m.p for m in model.backbone.modules() if isinstance(m, nn.Dropout) and m.p}
    return ', '.join([*found, *(f'{rate:g} in the backbone' for rate in rates)]) or 'none'


class Stop(Exception):
    """Ends a forward pass. Its argument is the batch size that was seen."""


def drop_path(model: nn.Module, shape: tuple[int, ...]) -> str:
    """The highest rate, and whether whole clips or single frames are dropped."""
    drops = [m for m in model.backbone.modules() if getattr(m, 'drop_prob', 0)]
    if not drops:
        return '0'

    def stop(module, inputs):
        raise Stop(len(inputs[0]))

    dropped = 'nothing'
    for module in drops:
        module.register_forward_pre_hook(stop)
    try:
        with torch.no_grad():
            model.backbone(torch.zeros(shape))
    except Stop as stopped:
        dropped = 'whole clips' if stopped.args[0] == 1 else 'single frames'
    rate = max(module.drop_prob for module in drops)
    return f'0 to {rate:g}, of {dropped}'


def groups(model: nn.Module, cfg: Config) -> dict[str, str]:
    """The learning rates and weight decays that the optimizer has for the model's parts."""
    keys = ('optimizer', 'constructor', 'paramwise_cfg')
    wrapper = {key: cfg.optim_wrapper[key] for key in keys if key in cfg.optim_wrapper}
    optimizer = build_optim_wrapper(model, {'type': 'OptimWrapper', **wrapper}).optimizer
    settings = {
        id(parameter): (group['lr'], group['weight_decay'])
        for group in optimizer.param_groups
        for parameter in group['params']
    }
    parts: dict[str, set] = {}
    for name, module in model.named_modules():
        for key, parameter in module.named_parameters(prefix=name, recurse=False):
            parts.setdefault(part_of(module, key), set()).add(settings[id(parameter)])
    usual = cfg.optim_wrapper.optimizer
    return {
        'learning rate': unusual(parts, 0, usual.lr),
        'weight decay': unusual(parts, 1, usual.get('weight_decay', 0)),
    }


def part_of(module: nn.Module, name: str) -> str:
    """The part of a model to which a parameter belongs."""
    part = 'classifier'
    if name.startswith('backbone'):
        part = 'backbone'
    elif '.layers.' in name or name.endswith('cls_token'):
        part = 'temporal layers'
    if name.endswith('bias_table'):
        return f'{part} bias tables'
    if isinstance(module, (nn.LayerNorm, nn.modules.batchnorm._BatchNorm)):
        part += ' norm'
    return f'{part} biases' if name.endswith('bias') else f'{part} weights'


def unusual(parts: dict[str, set], index: int, usual: float) -> str:
    """The usual value, and the parts that have another."""
    others: dict[float, list[str]] = {}
    for part, settings in parts.items():
        values = {setting[index] for setting in settings}
        name = part if len(values) == 1 else f'some {part}'
        for value in values - {usual}:
            others.setdefault(value, []).append(name)
    told = []
    for value, names in sorted(others.items()):
        for whole in ('backbone', 'temporal layers', 'classifier'):
            of_it = [part for part in parts if part.startswith(whole)]
            if of_it and set(of_it) <= set(names):
                names = [whole, *(name for name in names if name not in of_it)]
        told.append(f'{value:g} for {", ".join(sorted(names))}')
    return '; '.join([f'{usual:g}', *told])
