"""Check that a checkpoint fits a config."""

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from mmengine.config import Config
from mmengine.runner.checkpoint import load_state_dict
from torch import Tensor, nn

from ..analysis import build_recognizer
from .arguments import backbone_of, differences
from .read import read_checkpoint, weights_of
from .reshaped import in_words

# As tools/publish_model.py and OpenMMLab name files: name_YYYYMMDD-sha8.pth
_HASH = re.compile(r'_\d{8}-([0-9a-f]{8})\.\w+$')
# What mmengine writes above the lines that tell something.
_HEADER = ('The model and loaded state dict do not match exactly', '')


@dataclass
class Report:
    """A checkpoint with ``problems`` must not be used. ``notes`` are for information."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(cfg: Config, path: Path, allow_resize: bool = False) -> Report:
    """Compare a checkpoint file with the model of a config.

    Args:
        cfg (Config): With a recognizer as ``model``.
        path (Path): A ``.pth`` or ``.safetensors`` file.
        allow_resize (bool): A tensor that the model resizes on loading is a note. By
            default it is a problem.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is truncated, would run code, or holds no weights.
    """
    path = Path(path)
    checkpoint = read_checkpoint(path)
    state_dict = weights_of(checkpoint, path)
    report = Report()
    check_hash(path, report)
    check_finite(state_dict, report)
    check_model(cfg, state_dict, checkpoint.get('meta'), report, allow_resize)
    return report


def short_hash(path: Path) -> str:
    """The first 8 digits of the file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def check_hash(path: Path, report: Report) -> None:
    """A name that ends in ``_YYYYMMDD-sha8`` must have the hash of the file."""
    match = _HASH.search(path.name)
    if match is None:
        report.notes.append(f'the name {path.name} has no hash to check')
    elif (found := short_hash(path)) != match[1]:
        report.problems.append(
            f'the hash of the file is {found}, its name says {match[1]}: it was changed, '
            'or not copied whole'
        )


def check_finite(state_dict: dict[str, Tensor], report: Report) -> None:
    """No tensor may have NaN or infinity."""
    for key, value in state_dict.items():
        bad = int((~torch.isfinite(value)).sum())
        if bad:
            report.problems.append(f'{key} has NaN or infinity in {bad} of {value.numel()}')


def check_model(
    cfg: Config, weights: dict[str, Tensor], meta: Any, report: Report, allow_resize: bool
) -> None:
    """The weights and the ``meta`` of a checkpoint must fit the model of a config."""
    model = build_recognizer(cfg)
    check_arguments(cfg, meta, report)
    check_weights(model, weights, report, allow_resize)


def check_arguments(cfg: Config, meta: Any, report: Report) -> None:
    """Compare the arguments that a checkpoint carries in ``meta`` with the config's.

    Names and shapes of tensors are not enough: LAPS's weights load into TPS's ViT, and no
    tensor depends on X-ViT's ``window``. A converted file carries the arguments that the
    authors' file tells, a trained one its config. Training may have used another argument
    on purpose, so there only another backbone is a problem.
    """
    meta = meta if isinstance(meta, dict) else {}
    parts = {part: meta.get(part) for part in ('backbone', 'cls_head')}
    converted = {k: v for k, v in parts.items() if isinstance(v, dict) and 'type' in v}
    if converted:
        report.problems += differences(converted, cfg.model)
        return
    trained = backbone_of(meta.get('cfg'))
    if 'type' in trained:
        found = differences(dict(backbone=trained), cfg.model, defaults=True)
        same_type = trained['type'] == cfg.model.backbone.type
        (report.notes if same_type else report.problems).extend(found)


def check_weights(
    model: nn.Module, state_dict: dict[str, Tensor], report: Report, allow_resize: bool
) -> None:
    """Load the weights as mmengine does. Nothing may be missing, left over or misshapen."""
    expected = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    message = ''
    try:
        load_state_dict(model, state_dict, strict=True)
    except (RuntimeError, ValueError) as error:
        message = str(error)
        report.problems += [line for line in message.splitlines() if line not in _HEADER]
    for key, value in state_dict.items():
        shape = tuple(value.shape)
        if shape != expected.get(key, shape) and key not in message:
            resized = report.notes if allow_resize else report.problems
            resized.append(in_words(key, shape, expected[key]))
