"""Whether a checkpoint fits a config, in words."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import torch
from mmaction.registry import MODELS
from mmengine.config import Config
from mmengine.registry import init_default_scope
from torch import Tensor, nn

from .config_text import backbone_of
from .describe import differences, differing
from .read import read_checkpoint, weights_of
from .reshaped import in_words

# As tools/publish_model.py and OpenMMLab name files: name_YYYYMMDD-sha8.pth
_HASH = re.compile(r'_\d{8}-([0-9a-f]{8})\.\w+$')


@dataclass
class Report:
    """What was found: a checkpoint with ``problems`` must not be used, ``notes`` inform."""

    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def verify(cfg: Config, path: Path, allow_resize: bool = False) -> Report:
    """Compare a checkpoint file with the model of a config.

    Args:
        cfg (Config): With a recognizer as ``model``.
        path (Path): A ``.pth`` or ``.safetensors`` file.
        allow_resize (bool): Only note tensors that the model resizes as it loads them.

    Returns:
        Report: Empty if everything fits and nothing is resized.

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
    check_method(cfg, checkpoint, report)
    check_keys(build_model(cfg), state_dict, report, allow_resize)
    return report


def build_model(cfg: Config) -> nn.Module:
    """The config's recognizer on the CPU, in evaluation mode."""
    init_default_scope(cfg.get('default_scope', 'mmaction'))
    return MODELS.build(cfg.model).eval()


def short_hash(path: Path) -> str:
    """The first 8 digits of the file's SHA-256."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def check_hash(path: Path, report: Report) -> None:
    """A name that ends in ``_YYYYMMDD-sha8`` must tell the hash of the bytes."""
    match = _HASH.search(path.name)
    if match is None:
        report.notes.append(f'the name {path.name} has no hash to check')
    elif (found := short_hash(path)) != match[1]:
        report.problems.append(
            f'the hash of the file is {found}, its name says {match[1]}: it was changed, '
            'or not copied whole'
        )


def check_finite(state_dict: dict[str, Tensor], report: Report) -> None:
    """No NaN and no infinity."""
    for key, value in state_dict.items():
        bad = int((~torch.isfinite(value)).sum())
        if bad:
            report.problems.append(f'{key} has NaN or infinity in {bad} of {value.numel()}')


def check_method(cfg: Config, checkpoint: dict, report: Report) -> None:
    """What the checkpoint tells of its model, if anything, against the config.

    Methods share their parameters' names: LAPS's weights load into TPS's ViT, and a
    ``window`` is in no tensor. A converted file of the authors tells what it means, a
    trained one has its config.
    """
    meta = checkpoint.get('meta')
    meta = meta if isinstance(meta, dict) else {}
    parts = {part: meta.get(part) for part in ('backbone', 'cls_head')}
    converted = {k: v for k, v in parts.items() if isinstance(v, dict) and 'type' in v}
    if converted:
        report.problems.extend(differences(converted, cfg.model))
        return
    trained, backbone = backbone_of(meta.get('cfg')), backbone_of(cfg.pretty_text)
    if not trained or not backbone:
        return
    if trained.get('type') != backbone.get('type'):
        report.problems.append(
            f'the checkpoint is of the method {trained.get("type")}, '
            f'the config of {backbone.get("type")}'
        )
        return
    for name, was, now in differing(trained, backbone, trained.keys() | backbone.keys()):
        report.notes.append(f'{name} was {was!r} in training, in the config it is {now!r}')


def check_keys(
    model: nn.Module, state_dict: dict[str, Tensor], report: Report, allow_resize: bool
) -> None:
    """Load the weights as mmengine does, and tell what did not fit or was resized."""
    expected = {key: tuple(value.shape) for key, value in model.state_dict().items()}
    reshaped = {
        key: tuple(value.shape)
        for key, value in state_dict.items()
        if tuple(value.shape) != expected.get(key, tuple(value.shape))
    }
    unfit = _unfit(model, state_dict, reshaped)
    resized = report.notes if allow_resize else report.problems
    for key, shape in reshaped.items():
        if key not in unfit:
            resized.append(in_words(key, shape, expected[key], fits=True))
    for key, words in unfit.items():
        report.problems.append(
            words or in_words(key, reshaped[key], expected[key], fits=False)
        )

    fitting = {key: value for key, value in state_dict.items() if key not in unfit}
    keys = model.load_state_dict(fitting, strict=False)
    # mmengine too does without BatchNorm's counters.
    missing = [k for k in keys.missing_keys if 'num_batches_tracked' not in k]
    _list(report, 'missing', set(missing) - unfit.keys())
    _list(report, 'unexpected', keys.unexpected_keys)


def _unfit(model: nn.Module, state_dict: dict, reshaped: Iterable[str]) -> dict[str, str]:
    """The keys that the model refuses to load for their shape, with its words if any."""
    try:
        model.load_state_dict(state_dict, strict=False)
    except RuntimeError as error:
        return {key: '' for key in reshaped if f'size mismatch for {key}:' in str(error)}
    except ValueError as error:  # Of one key, which it names.
        (key,) = (key for key in state_dict if str(error).startswith(f'{key} '))
        rest = {k: value for k, value in state_dict.items() if k != key}
        return _unfit(model, rest, reshaped) | {key: str(error)}
    return {}


def _list(report: Report, kind: str, keys: Iterable[str]) -> None:
    keys = sorted(keys)
    if keys:
        more = f' and {len(keys) - 8} more' if len(keys) > 8 else ''
        count = f'{len(keys)} {kind} key' + 's' * (len(keys) > 1)
        report.problems.append(f'{count}: {", ".join(keys[:8])}{more}')
