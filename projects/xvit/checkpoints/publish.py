"""Publish a trained model: its weights, config and classes, and a card beside them."""

import os
import shutil
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import mmaction
import mmengine
import torch
from mmengine.config import Config
from torch import Tensor

from ..analysis import build_recognizer, count_cost, view_shape
from ..version import __version__
from .card import Facts, render_card
from .hub import write_folder
from .read import read_checkpoint, weights_of
from .safetensors_file import SUFFIX, save_safetensors
from .verify import short_hash, verify


def publish(
    cfg: Config,
    checkpoint: Path,
    prefix: Path,
    facts: Facts,
    classes: list[str] | None = None,
    safetensors: bool = False,
    hub_folder: Path | None = None,
) -> list[Path]:
    """Write ``prefix_YYYYMMDD-sha8.pth``, its card ``.md``, and a Hub folder if wanted.

    Optimizer, schedulers, log history and the hooks' state are left out. mmengine's
    ``EMAHook`` saves the averaged weights as ``state_dict``, and those of the last step as
    ``ema_state_dict``. The averaged ones are published.

    Args:
        cfg (Config): The model's config.
        checkpoint (Path): What to publish.
        prefix (Path): Folder and name of the file, without date, hash and suffix.
        facts (Facts): What the card says beyond what can be computed.
        classes (list[str], optional): Names of the classes. By default those in the
            checkpoint, if any.
        safetensors (bool): Write safetensors instead of a ``.pth``.
        hub_folder (Path, optional): Also write a folder in the layout of the Hugging Face
            Hub.

    Returns:
        list[Path]: What was written. Everything is written, or nothing.

    Raises:
        FileExistsError: If one of these files exists.
        FileNotFoundError: If there is no such checkpoint.
        ValueError: If the checkpoint is broken or does not fit the config, or the number
            of class names is not the model's.
    """
    report = verify(cfg, checkpoint)
    if report.problems:
        raise ValueError(
            f'{checkpoint} does not fit the config: ' + '; '.join(report.problems)
        )
    source = read_checkpoint(checkpoint)
    state_dict = weights_of(source, checkpoint)
    meta = published_meta(cfg, source, classes)
    card = partial(
        render_card,
        cfg=cfg,
        facts=facts,
        cost=count_cost(build_recognizer(cfg), view_shape(cfg)),
        averaged='ema_state_dict' in source,
    )

    with ExitStack() as stack:
        staging = _staging(stack, prefix.parent)
        part = staging / f'weights{SUFFIX if safetensors else ".pth"}'
        save(part, state_dict, meta)
        name = f'{prefix.name}_{date.today():%Y%m%d}-{short_hash(part)}'
        target = prefix.parent / f'{name}{part.suffix}'
        text = staging / 'card.md'
        text.write_text(card(name, target.name))
        moves = {part: target, text: target.with_suffix('.md')}
        if hub_folder is not None:
            folder = _staging(stack, hub_folder.parent) / 'folder'
            write_folder(folder, cfg, state_dict, meta, card(hub_folder.name, None))
            moves[folder] = hub_folder
        put_in_place(moves)
    return list(moves.values())


def published_meta(cfg: Config, source: dict, classes: list[str] | None) -> dict:
    """What is published beside the weights, as text and lists of text.

    Raises:
        ValueError: If there are class names, but not one for each class.
    """
    meta = source.get('meta')
    dataset = meta.get('dataset_meta') if isinstance(meta, dict) else None
    known = dataset.get('classes') if isinstance(dataset, dict) else None
    names = list(classes or known or ())
    num_classes = cfg.model.cls_head.num_classes
    if isinstance(num_classes, dict):  # of several tasks
        num_classes = sum(num_classes.values())
    if names and len(names) != num_classes:
        raise ValueError(
            f'there are {len(names)} class names, but the model has {num_classes} classes'
        )
    return dict(
        cfg=cfg.pretty_text,
        dataset_meta=dict(classes=names) if names else {},
        mmengine_version=mmengine.__version__,
        mmaction_version=mmaction.__version__,
        torch_version=str(torch.__version__),
        xvit_version=__version__,
    )


def save(path: Path, state_dict: dict[str, Tensor], meta: dict) -> None:
    """Write weights in the format of the path's suffix, with the same bytes every time."""
    if path.suffix == SUFFIX:
        save_safetensors(path, state_dict, meta)
        return
    # A view would be saved with its whole storage, so the tensors are cloned.
    tensors = {key: value.clone() for key, value in state_dict.items()}
    with open(path, 'wb') as file:  # With a path, torch writes its name into the file.
        torch.save(dict(meta=meta, state_dict=tensors), file)


def put_in_place(moves: dict[Path, Path]) -> None:
    """Move files and folders from key to value, all of them or none.

    Raises:
        FileExistsError: If a target exists.
    """
    for target in moves.values():
        if target.exists():
            raise FileExistsError(f'{target} exists, and is not overwritten')
    done = []
    try:
        for part, target in moves.items():
            os.replace(part, target)
            done.append(target)
    except OSError:
        for target in done:
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        raise


def _staging(stack: ExitStack, parent: Path) -> Path:
    """A temporary folder beside the target, so that moving a file does not copy it."""
    parent.mkdir(parents=True, exist_ok=True)
    return Path(stack.enter_context(TemporaryDirectory(prefix='part-', dir=parent)))
