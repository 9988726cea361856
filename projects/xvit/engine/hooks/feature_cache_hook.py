"""Compute the features of a frozen host once, before a head is trained on them."""

import sys
from typing import Any

import torch
from mmaction.models.recognizers.base import BaseRecognizer
from mmaction.registry import HOOKS
from mmengine.dist import barrier, get_dist_info
from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmengine.model import is_model_wrapper
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from ...checks import check_positive
from ...datasets.cached_features import CachedFeatures
from ...features.cache import cache_folder, remove_leftovers, write_array
from ...models.adapters import FrozenBackbone
from ...models.adapters.identity import checksum
from .epoch_seed_hook import SeededItems


@HOOKS.register_module()
class FeatureCacheHook(Hook):
    """Fills the caches of the ``CachedFeatures`` that training and validation use.

    Each process computes its share with the model's ``FrozenBackbone``, in float32, and
    writes a file for each video, whole or not at all. What is there is not computed again,
    so a run that was killed goes on. Other data sets are left alone, such as the videos
    that ``tools/test.py`` reads.

    Args:
        batch_size (int): Videos that pass the backbone at a time, in each process.

    Raises:
        TypeError: If the model's backbone is not a ``FrozenBackbone``.
        RuntimeError: If a video cannot be read.
        ValueError: If a feature is not finite, or ``batch_size`` is below 1.
    """

    def __init__(self, batch_size: int = 8) -> None:
        check_positive('batch_size', batch_size)
        self.batch_size = batch_size

    def before_train(self, runner) -> None:
        """Fill the caches of both loops, so that a bad video ends the run early."""
        self._fill(runner, runner.train_loop.dataloader)
        if runner.val_loop is not None:
            self._fill(runner, runner.val_loop.dataloader)

    def before_val(self, runner) -> None:
        self._fill(runner, runner.val_loop.dataloader)

    def before_test(self, runner) -> None:
        self._fill(runner, runner.test_loop.dataloader)

    def _fill(self, runner, loader: DataLoader) -> None:
        dataset = loader.dataset
        while not isinstance(dataset, CachedFeatures) and hasattr(dataset, 'dataset'):
            dataset = dataset.dataset  # It is in a wrapper, such as ClassBalancedDataset.
        if not isinstance(dataset, CachedFeatures) or dataset.folder is not None:
            return
        model = runner.model.module if is_model_wrapper(runner.model) else runner.model
        rank, processes = get_dist_info()
        dataset.folder = cache_folder(dataset.root, made_by(model, dataset))
        # All look before one writes, or their shares would differ.
        share = range(rank, len(dataset), processes)
        todo = [i for i in share if not dataset.path(i).is_file()]
        barrier()
        print_log(
            f'{dataset.folder}: features of {len(dataset)} videos, '
            f'{len(todo)} of {len(share)} to compute in this process',
            logger='current',
        )
        if todo and rank == 0:
            remove_leftovers(dataset.folder)
        batches = DataLoader(
            Clips(dataset, runner.seed),
            sampler=todo,
            batch_size=self.batch_size,
            num_workers=loader.num_workers,
            collate_fn=list,
        )
        # In a log file, one line a minute.
        pace = {} if sys.stderr.isatty() else dict(mininterval=60, maxinterval=60)
        bar = tqdm(todo, disable=rank > 0 or not todo, **pace)
        videos = (x for clips in batches for x in features(model, clips).cpu().numpy())
        for i, views in zip(bar, videos, strict=True):
            write_array(dataset.path(i), views)
        barrier()


def made_by(model: BaseRecognizer, dataset: CachedFeatures) -> dict[str, Any]:
    """Everything that the features of a data set depend on."""
    if not isinstance(model.backbone, FrozenBackbone):
        raise TypeError(
            'CachedFeatures needs a model whose backbone is a FrozenBackbone, got '
            f'{type(model.backbone).__name__}'
        )
    preprocessor = model.data_preprocessor
    return dict(
        backbone=model.backbone.identity.facts['backbone'],
        weights=checksum(model.backbone.backbone),
        pixels={name: b.flatten().tolist() for name, b in preprocessor.named_buffers()},
        to_rgb=preprocessor.to_rgb,
        pipeline=dataset.pipeline,
        videos=dataset.source,
        draws=dataset.draws,
    )


@torch.no_grad()
def features(model: BaseRecognizer, clips: list[Tensor]) -> Tensor:
    """The features ``(N, views, T, C)`` of N videos.

    Args:
        model (BaseRecognizer): Its preprocessor and backbone are used.
        clips (list[Tensor]): ``(views, 3, T, H, W)`` of each video, as pipelines give them.
    """
    data = model.data_preprocessor(dict(inputs=clips, data_samples=None))
    x, _ = model.extract_feat(data['inputs'], stage='backbone')
    return x.unflatten(0, (len(clips), -1))


class Clips(Dataset):
    """The clips of a video in all draws, each seeded by the video's place in the list."""

    def __init__(self, dataset: CachedFeatures, seed: int) -> None:
        self.draws = [
            SeededItems(_Once(dataset), seed, torch.tensor(draw))
            for draw in range(dataset.draws)
        ]

    def __getitem__(self, i: int) -> Tensor:
        return torch.cat([clips for draw in self.draws for clips in draw([i])])


class _Once(Dataset):
    def __init__(self, dataset: CachedFeatures) -> None:
        self.dataset = dataset

    def __getitem__(self, i: int) -> Tensor:
        return self.dataset.clips(i)
