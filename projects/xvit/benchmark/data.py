"""Whether the data loader or the model limits the speed of training."""

import math
import os
from functools import partial

import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from mmengine.registry import init_default_scope
from torch import nn
from torch.utils.data import Dataset

from ..analysis import build_recognizer
from .compare import Settings
from .loading import compare_loading, supply, way_of
from .timing import autocast, interleave, quartiles


def data_rates(
    cfg: Config,
    settings: Settings,
    model_rate: float | None = None,
    transcoded: str | None = None,
) -> dict:
    """Time ways to load the training clips, and a training step on them.

    Args:
        cfg (Config): A config with ``train_dataloader``. Its videos must be there.
        settings (Settings): Device, precision, clock and rounds. Clips, batch size and
            number of workers are the config's.
        model_rate (float, optional): Clips a second that one GPU trains on. If it is not
            given, the model is timed on the device of ``settings``.
        transcoded (str, optional): See :func:`compare_loading`.

    Returns:
        dict: ``clips_per_second_per_worker`` (decoded and augmented as the config says),
        ``workers`` and ``loader_clips_per_second`` (of all workers, with one core for
        each), ``model_clips_per_second`` (forward and backward pass, no optimizer),
        ``bound`` (the slower: ``'loader'`` or ``'model'``), ``workers_to_keep_up``,
        ``clips`` of an epoch and ``epoch_seconds``; ``ways`` (see
        :func:`compare_loading`), ``way`` (the config's) and ``supply`` (see
        :func:`supply`).

    Raises:
        ValueError: If the config has no ``train_dataloader``, or the data set is empty.
    """
    loader = cfg.get('train_dataloader')
    if loader is None:
        raise ValueError('the config has no train_dataloader, so there is nothing to time')
    init_default_scope('mmaction')
    dataset = DATASETS.build(loader.dataset)
    if not len(dataset):
        raise ValueError('the training data set is empty')
    ways = compare_loading(loader.dataset, settings, transcoded)
    way = way_of(loader.dataset, ways)
    rate = ways[way]['clips_per_second']
    if model_rate is None:
        model_rate = _model_rate(cfg, dataset, settings)
    workers = loader.get('num_workers', 0)
    loader_rate = rate * max(workers, 1)
    return {
        'clips_per_second_per_worker': rate,
        'workers': workers,
        'loader_clips_per_second': loader_rate,
        'model_clips_per_second': model_rate,
        'bound': 'loader' if loader_rate < model_rate else 'model',
        'workers_to_keep_up': math.ceil(model_rate / rate),
        'clips': len(dataset),
        'epoch_seconds': len(dataset) / min(loader_rate, model_rate),
        'ways': ways,
        'way': way,
        'supply': supply(ways, model_rate, max(workers, 1), os.cpu_count()),
    }


def _model_rate(cfg: Config, dataset: Dataset, settings: Settings) -> float:
    """Clips a second of training steps on a batch of the data set's clips."""
    device = torch.device(settings.device)
    model = build_recognizer(cfg).to(device).train()
    size = cfg.train_dataloader.batch_size
    samples = [dataset[i % len(dataset)] for i in range(size)]
    step = partial(_step, model, samples, device, settings.dtype)
    (times,) = interleave(
        {'step': step}, settings.rounds, settings.warmup, device, settings.clock
    ).values()
    return size / quartiles(times)[1]


def _step(model: nn.Module, samples: list[dict], device: torch.device, dtype: str) -> None:
    """A training step from decoded clips, without an optimizer."""
    with autocast(device, dtype):
        data = model.data_preprocessor(pseudo_collate(samples), training=True)
        loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    model.zero_grad(set_to_none=True)
