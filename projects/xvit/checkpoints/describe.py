"""The model that an authors' file means, as a config's arguments, and how a config differs.

What a file tells comes from the shapes of its tensors and, in X-ViT's, from the authors'
configuration beside them; what no file tells is left out and not compared.
"""

import inspect
from collections.abc import Iterable
from typing import Any

import yaml
from mmaction.registry import MODELS
from mmpretrain.models import VisionTransformer
from torch import Tensor

Weights = dict[str, Tensor]
# Arguments that change nothing in the scores.
SILENT = {'init_cfg', 'with_cp', 'frozen_stages', 'dropout_ratio', 'init_std'}


def read_authors_cfg(text: Any) -> dict[str, dict]:
    """The sections of X-ViT's ``cfg``, a YAML text; none if it is another text."""
    try:
        cfg = yaml.safe_load(text) if isinstance(text, str) else None
    except yaml.YAMLError:
        cfg = None
    sections = cfg.items() if isinstance(cfg, dict) else ()
    return {name: section for name, section in sections if isinstance(section, dict)}


def vit_arguments(weights: Weights) -> dict:
    """``arch``, ``img_size`` and ``patch_size`` of a ViT under ``backbone.``."""
    kernel = weights['backbone.patch_embed.projection.weight']
    patches = weights['backbone.pos_embed'].shape[1] - 1
    arch = dict(
        embed_dims=kernel.shape[0],
        num_layers=count(weights, 'backbone.layers.'),
        feedforward_channels=len(weights['backbone.layers.0.ffn.layers.0.0.weight']),
    )
    return dict(
        arch=named_arch(arch, VisionTransformer.arch_zoo),
        img_size=round(patches**0.5) * kernel.shape[-1],
        patch_size=kernel.shape[-1],
    )


def named_arch(arch: dict, zoo: dict[str, dict]) -> str | dict:
    """The name of these sizes in mmpretrain's zoo, or the sizes."""
    for name, known in zoo.items():
        if len(name) > 1 and all(known[key] == value for key, value in arch.items()):
            return name
    return arch


def count(weights: Weights, prefix: str) -> int:
    """How many numbered modules there are under a prefix."""
    return len(
        {key[len(prefix) :].split('.')[0] for key in weights if key.startswith(prefix)}
    )


def classifier(weights: Weights) -> dict:
    """``num_classes`` and ``in_channels`` of ``cls_head.fc_cls``."""
    num_classes, in_channels = weights['cls_head.fc_cls.weight'].shape
    return dict(num_classes=num_classes, in_channels=in_channels)


def in_words(model: dict[str, dict]) -> list[str]:
    """A line for each part, ``backbone: XViT(arch='base', ...)``, with what is not told."""
    lines = []
    for part, told in model.items():
        arguments = ', '.join(f'{name}={told[name]!r}' for name in told if name != 'type')
        lines.append(f'{part}: {told["type"]}({arguments})')
        if part == 'backbone':
            untold = sorted(_filled(dict(type=told['type'])).keys() - told.keys() - SILENT)
            if untold:
                lines.append(f'the file does not tell: {", ".join(untold)}')
    return lines


def differences(model: dict[str, dict], wanted: dict) -> list[str]:
    """What a config's model has otherwise than a file tells.

    Args:
        model (dict[str, dict]): ``backbone`` and ``cls_head``, each with ``type`` and the
            arguments that the file tells.
        wanted (dict): ``model`` of a config.

    Returns:
        list[str]: A sentence each, none for what changes training alone.
    """
    found = []
    for part, told in model.items():
        config = wanted.get(part) or {}
        if told['type'] != config.get('type'):
            found.append(_difference(part, told['type'], config.get('type')))
            continue
        for name, was, now in differing(told, config, told):
            found.append(_difference(f'{part}.{name}', was, now))
    return found


def differing(told: dict, config: dict, names: Iterable[str]) -> list[tuple[str, Any, Any]]:
    """``(name, in told, in config)`` of each argument that differs, defaults filled in."""
    told, config = _filled(told), _filled(config)
    return [
        (name, told.get(name), config.get(name))
        for name in sorted(set(names) - SILENT)
        if not _same(told.get(name), config.get(name))
    ]


def _difference(name: str, was: Any, now: Any) -> str:
    return f'{name}: the file means {was!r}, the config has {now!r}'


def _filled(arguments: dict) -> dict:
    """Arguments with the defaults of their class, and ``arch`` as sizes."""
    cls = MODELS.get(arguments['type'])
    signature = inspect.signature(cls).parameters.values() if cls else ()
    filled = {p.name: p.default for p in signature if p.default is not p.empty}
    filled |= arguments
    if filled.get('temporal_embed_frames', 0) is None:
        filled['temporal_embed_frames'] = filled['mix_span'] or filled['num_frames']
    if isinstance(filled.get('arch'), str):
        filled['arch'] = getattr(cls, 'arch_zoo', {}).get(filled['arch'], filled['arch'])
    return filled


def _same(a: Any, b: Any) -> bool:
    """Equal as arguments: a list is a tuple, one side is two of it."""
    if isinstance(a, dict) and isinstance(b, dict):
        return all(_same(a[key], b[key]) for key in a.keys() & b.keys())
    if isinstance(a, list | tuple) and isinstance(b, int):
        b = (b,) * len(a)
    if isinstance(b, list | tuple) and isinstance(a, int):
        a = (a,) * len(b)
    if isinstance(a, list | tuple) and isinstance(b, list | tuple):
        return len(a) == len(b) and all(map(_same, a, b))
    return a == b
