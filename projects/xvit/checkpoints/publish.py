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

from ..analysis import count_cost, view_shape
from ..version import __version__
from .card import Facts, render_card, use_file, use_folder
from .hub import write_folder
from .read import read_checkpoint, weights_of
from .safetensors_file import SUFFIX, save_safetensors
from .verify import build_model, short_hash, verify


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

    Optimizer, schedulers, log history and hooks' state are left out. Of a checkpoint
    trained with mmengine's ``EMAHook`` the averaged weights are published: the hook saves
    them as ``state_dict``, and the last step's as ``ema_state_dict``.

    Args:
        cfg (Config): The model's config.
        checkpoint (Path): What to publish.
        prefix (Path): Folder and name of the file, without date, hash and suffix.
        facts (Facts): What the card says beyond what can be computed.
        classes (list[str], optional): Names of the classes; those in the checkpoint, if
            any.
        safetensors (bool): Write safetensors instead of a ``.pth``.
        hub_folder (Path, optional): Also write a folder as the Hugging Face Hub has them.

    Returns:
        list[Path]: What was written. Everything is written, or nothing.

    Raises:
        FileExistsError: If something of that name is there.
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
    meta = published_meta(cfg, source, classes)
    check_classes(meta, count_classes(cfg))
    state_dict = weights_of(source, checkpoint)
    card = partial(
        render_card,
        cfg=cfg,
        facts=facts,
        cost=count_cost(build_model(cfg), view_shape(cfg)),
        averaged='ema_state_dict' in source,
    )

    with ExitStack() as stack:
        staging = _staging(stack, prefix.parent)
        suffix = SUFFIX if safetensors else '.pth'
        part = save(staging / f'weights{suffix}', state_dict, meta)
        name = f'{prefix.name}_{date.today():%Y%m%d}-{short_hash(part)}'
        target = prefix.parent / f'{name}{suffix}'
        text = staging / 'card.md'
        text.write_text(card(name, use_file(facts.config, target.name)))
        moves = {text: target.with_suffix('.md'), part: target}
        if hub_folder is not None:
            folder = _staging(stack, hub_folder.parent) / 'folder'
            write_folder(
                folder, cfg, state_dict, meta, card(hub_folder.name, use_folder(hub_folder))
            )
            moves[folder] = hub_folder
        put_in_place(moves)
    return [target, *(path for path in moves.values() if path != target)]


def published_meta(cfg: Config, source: dict, classes: list[str] | None) -> dict:
    """What is known of the weights, as text and lists of text."""
    meta = source.get('meta')
    dataset = meta.get('dataset_meta') if isinstance(meta, dict) else None
    known = dataset.get('classes') if isinstance(dataset, dict) else None
    names = list(classes or known or ())
    return dict(
        cfg=cfg.pretty_text,
        dataset_meta=dict(classes=names) if names else {},
        mmengine_version=mmengine.__version__,
        mmaction_version=mmaction.__version__,
        torch_version=str(torch.__version__),
        xvit_version=__version__,
    )


def count_classes(cfg: Config) -> int:
    """The classes of the model, of all tasks together if it has several."""
    num_classes = cfg.model.cls_head.num_classes
    return sum(num_classes.values()) if isinstance(num_classes, dict) else num_classes


def check_classes(meta: dict, num_classes: int) -> None:
    """Raise ``ValueError`` unless there are no names, or one for each class."""
    names = meta['dataset_meta'].get('classes')
    if names is not None and len(names) != num_classes:
        raise ValueError(
            f'there are {len(names)} class names, but the model has {num_classes} classes'
        )


def save(path: Path, state_dict: dict[str, Tensor], meta: dict) -> Path:
    """Write weights in the format of the path's suffix; the same bytes every time."""
    if path.suffix == SUFFIX:
        save_safetensors(path, state_dict, meta)
        return path
    # Clones, since a view would take all of its storage along.
    tensors = {key: value.clone() for key, value in state_dict.items()}
    with open(path, 'wb') as file:  # By a path the file would contain its own name.
        torch.save(dict(meta=meta, state_dict=tensors), file)
    return path


def put_in_place(moves: dict[Path, Path]) -> None:
    """Move files and folders from key to value, all of them or none.

    Raises:
        FileExistsError: If a target is there.
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
    """A temporary folder on the disk where its files will go."""
    parent.mkdir(parents=True, exist_ok=True)
    return Path(stack.enter_context(TemporaryDirectory(prefix='part-', dir=parent)))
