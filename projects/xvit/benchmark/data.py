"""Whether the data loader or the model limits the speed of training."""

import math
import time
from functools import partial

import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import nn

from ..analysis import build_recognizer
from .compare import Settings
from .timing import autocast, interleave, quartiles


def data_rates(cfg: Config, settings: Settings) -> dict:
    """Time the training pipeline in one process, and a training step on its clips.

    Args:
        cfg (Config): A config with ``train_dataloader``. Its videos must be there.
        settings (Settings): Device, precision, clock and rounds. Clips, batch size and
            number of workers are the config's.

    Returns:
        dict: ``clips_per_second_per_worker`` (decoded and augmented; median and
        ``..._quartiles``), ``workers`` and ``loader_clips_per_second`` (of all workers,
        with one core for each), ``model_clips_per_second`` (forward and backward pass, no
        optimizer), ``bound`` (the slower: ``'loader'`` or ``'model'``),
        ``workers_to_keep_up``, ``clips`` of an epoch and ``epoch_seconds``.

    Raises:
        ValueError: If the config has no ``train_dataloader``, or the data set is empty.
    """
    loader = cfg.get('train_dataloader')
    if loader is None:
        raise ValueError('the config has no train_dataloader, so there is nothing to time')
    device = torch.device(settings.device)
    model = build_recognizer(cfg).to(device).train()
    dataset = DATASETS.build(loader.dataset)
    if not len(dataset):
        raise ValueError('the training data set is empty')

    samples, rates = [], []
    for i in range(settings.warmup + max(settings.rounds, loader.batch_size)):
        start = time.perf_counter()
        samples.append(dataset[i % len(dataset)])
        rates.append(1 / (time.perf_counter() - start))
    low, rate, high = quartiles(rates[settings.warmup :])

    step = partial(_step, model, samples[-loader.batch_size :], device, settings.dtype)
    (times,) = interleave(
        {'step': step}, settings.rounds, settings.warmup, device, settings.clock
    ).values()
    model_rate = loader.batch_size / quartiles(times)[1]
    workers = loader.get('num_workers', 0)
    loader_rate = rate * max(workers, 1)
    return {
        'clips_per_second_per_worker': rate,
        'clips_per_second_per_worker_quartiles': [low, high],
        'workers': workers,
        'loader_clips_per_second': loader_rate,
        'model_clips_per_second': model_rate,
        'bound': 'loader' if loader_rate < model_rate else 'model',
        'workers_to_keep_up': math.ceil(model_rate / rate),
        'clips': len(dataset),
        'epoch_seconds': len(dataset) / min(loader_rate, model_rate),
    }


def _step(model: nn.Module, samples: list[dict], device: torch.device, dtype: str) -> None:
    """A training step from decoded clips, without an optimizer."""
    with autocast(device, dtype):
        data = model.data_preprocessor(pseudo_collate(samples), training=True)
        loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()
    model.zero_grad(set_to_none=True)
