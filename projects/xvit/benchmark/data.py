"""Whether the loader or the model bounds an epoch of training."""

import math
import time
from functools import partial

import torch
from mmaction.registry import DATASETS
from mmengine.config import Config
from mmengine.dataset import pseudo_collate
from torch import nn

from ..analysis import build_recognizer
from .compare import DTYPES, Settings
from .timing import autocast, interleave, spread


def data_rates(cfg: Config, settings: Settings) -> dict:
    """Time the training pipeline in one process, and a training step of its batches.

    Args:
        cfg (Config): A config with ``train_dataloader``, whose data are there.
        settings (Settings): Device, precision, clock and rounds; clips, batch and workers
            are the config's.

    Returns:
        dict: ``clips_per_second_per_worker`` (decoded and augmented; median and
        ``..._quartiles``), ``workers`` and ``loader_clips_per_second`` (theirs together,
        if each has a core for itself), ``model_clips_per_second`` (forward, backward, no
        optimizer), ``bound`` (``'loader'`` or ``'model'``), ``workers_to_keep_up``,
        ``clips`` of an epoch and ``epoch_seconds``.

    Raises:
        ValueError: If the config has no ``train_dataloader``, or the data set is empty.
    """
    loader = cfg.get('train_dataloader')
    if loader is None:
        raise ValueError('the config has no train_dataloader, whose pipeline to time')
    model = build_recognizer(cfg).to(settings.device).train()
    dataset = DATASETS.build(loader.dataset)
    if not len(dataset):
        raise ValueError('the training data set is empty')

    samples, seconds = [], []
    for i in range(settings.warmup + max(settings.rounds, loader.batch_size)):
        start = time.perf_counter()
        samples.append(dataset[i % len(dataset)])
        seconds.append(time.perf_counter() - start)
    rate = spread([1 / s for s in seconds[settings.warmup :]])

    step = partial(_training_step, model, samples[-loader.batch_size :], settings)
    device = torch.device(settings.device)
    times = interleave(
        {'step': step}, settings.rounds, settings.warmup, device, settings.clock
    )
    model_rate = loader.batch_size / spread(times['step']).median
    workers = loader.get('num_workers', 0)
    loader_rate = rate.median * max(workers, 1)
    return {
        'clips_per_second_per_worker': rate.median,
        'clips_per_second_per_worker_quartiles': [rate.low, rate.high],
        'workers': workers,
        'loader_clips_per_second': loader_rate,
        'model_clips_per_second': model_rate,
        'bound': 'loader' if loader_rate < model_rate else 'model',
        'workers_to_keep_up': math.ceil(model_rate / rate.median),
        'clips': len(dataset),
        'epoch_seconds': len(dataset) / min(loader_rate, model_rate),
    }


def _training_step(model: nn.Module, samples: list[dict], settings: Settings) -> None:
    """The recognizer's, from decoded clips: normalize, compute the losses, go back."""
    model.zero_grad(set_to_none=True)
    with autocast(torch.device(settings.device), DTYPES[settings.dtype]):
        data = model.data_preprocessor(pseudo_collate(samples), training=True)
        loss, _ = model.parse_losses(model(**data, mode='loss'))
    loss.backward()


def data_markdown(report: dict) -> str:
    """Two sentences of what :func:`data_rates` found."""
    found = report['data']
    low, high = found['clips_per_second_per_worker_quartiles']
    return (
        f'A worker decodes and augments {found["clips_per_second_per_worker"]:.3g} clips/s '
        f'({low:.3g} to {high:.3g}), {found["workers"]} of them, each on a core, '
        f'{found["loader_clips_per_second"]:.3g}; the model trains on '
        f'{found["model_clips_per_second"]:.3g}. The {found["bound"]} bounds an epoch of '
        f'{found["clips"]} clips to {found["epoch_seconds"]:.4g} s; '
        f'{found["workers_to_keep_up"]} workers keep up with the model.\n'
    )
