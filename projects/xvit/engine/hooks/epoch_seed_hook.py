"""Random numbers of an epoch depend only on the seed and the epoch."""

import random
from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import DistSamplerSeedHook
from mmengine.runner import EpochBasedTrainLoop, set_random_seed
from torch.utils.data import Dataset

from ...random_states import same_random_numbers


@HOOKS.register_module()
class EpochSeedHook(DistSamplerSeedHook):
    """``DistSamplerSeedHook`` that also seeds augmentations, dropout and drop path.

    An augmentation is seeded by the run's seed, the epoch and the sample's index; the
    model's dropout and drop path by the run's seed, the epoch and the process's rank. So
    a run that was killed and resumed equals one that was not. A sample's augmentation
    does not depend on the number of data workers or processes, or on
    ``persistent_workers``.

    MMEngine seeds only when the run starts and when a data worker starts. A resumed run
    then draws the numbers of the first epoch again, and with ``persistent_workers=False``
    every epoch draws the same numbers.

    ``IterBasedTrainLoop`` has no epochs and is left to MMEngine: it resumes with the same
    data, but with other dropout and drop path.
    """

    def before_run(self, runner) -> None:
        """Store the seed that the sampler was built with."""
        self._built_seed = runner.seed

    def before_train(self, runner) -> None:
        """Make the data loader seed each sample. Its workers have not started yet."""
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        loader = runner.train_loop.dataloader
        # A config without a seed that was resumed has the checkpoint's seed by now.
        sampler = getattr(loader.batch_sampler, 'sampler', loader.sampler)
        if getattr(sampler, 'seed', None) == self._built_seed:
            sampler.seed = runner.seed
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        if hasattr(loader.dataset, '__dict__'):  # A plain list draws nothing.
            # PyTorch's data loader calls `__getitems__`, if there is one, for a batch.
            loader.dataset.__getitems__ = SeededItems(
                loader.dataset, runner.seed, self._epoch
            )

    def before_train_epoch(self, runner) -> None:
        """Tell the data workers the epoch, before they begin to load it."""
        super().before_train_epoch(runner)
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            self._epoch.fill_(runner.epoch)

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        """Seed the process at an epoch's first iteration.

        Not earlier: starting the data workers also draws from the process's generator, and
        persistent workers start in a run's first epoch only.
        """
        if batch_idx == 0 and isinstance(runner.train_loop, EpochBasedTrainLoop):
            set_random_seed(derived_seed(runner.seed, runner.epoch, get_rank()))


class SeededItems:
    """Items of a data set, each loaded with generators seeded for it and the epoch.

    Afterwards the process's generators are restored, so that the model draws the same
    numbers with and without data workers.

    Args:
        dataset (Dataset): A map-style data set.
        seed (int): The run's seed.
        epoch (torch.Tensor): The epoch, a scalar int64 in memory shared with workers.
    """

    def __init__(self, dataset: Dataset, seed: int, epoch: torch.Tensor) -> None:
        self.dataset = dataset
        self.seed = seed
        self.epoch = epoch

    def __call__(self, indices: Sequence[int]) -> list:
        with same_random_numbers():
            return [self._item(index) for index in indices]

    def _item(self, index: int):
        seed = derived_seed(self.seed, int(self.epoch), index)
        random.seed(seed)
        np.random.seed(seed)
        # Not `torch.manual_seed`, which seeds the GPUs of the process as well.
        torch.default_generator.manual_seed(seed)
        return self.dataset[index]


def derived_seed(*numbers: int) -> int:
    """A seed below 2^32 from some numbers. Nearby numbers give different seeds.

    Args:
        *numbers (int): Each at least 0.
    """
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
