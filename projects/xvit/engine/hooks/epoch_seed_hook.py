"""What an epoch draws at random follows from the seed and the epoch's number alone."""

import random
from collections.abc import Sequence

import numpy as np
import torch
from mmaction.registry import HOOKS
from mmengine.dist import get_rank
from mmengine.hooks import DistSamplerSeedHook
from mmengine.runner import EpochBasedTrainLoop, set_random_seed
from torch.utils.data import Dataset


@HOOKS.register_module()
class EpochSeedHook(DistSamplerSeedHook):
    """``DistSamplerSeedHook`` for everything random, not for the order of the data alone.

    Seeds follow from the run's seed and, for a sample's augmentation, the epoch and the
    sample's index; for the model (dropout, drop path), the epoch and the process's rank.
    So a run that was killed and resumed equals one that was not, and a sample's
    augmentation depends neither on the number of data workers, nor on whether they
    persist, nor on the number of processes.

    mmengine seeds once, when the run and when each data worker starts: a resumed run
    draws what the first epoch drew, and workers that are started anew for each epoch
    (``persistent_workers=False``) draw the same numbers in each.

    ``IterBasedTrainLoop``, which has no epochs, is left to mmengine: it resumes with the
    same data, but dropout and drop path draw anew.
    """

    def before_run(self, runner) -> None:
        """Note the seed that the sampler was built with."""
        self._built_seed = runner.seed

    def before_train(self, runner) -> None:
        """Make the data loader, whose workers are not yet started, seed each sample."""
        if not isinstance(runner.train_loop, EpochBasedTrainLoop):
            return
        loader = runner.train_loop.dataloader
        # The seed is the checkpoint's by now, where a config without one was resumed.
        sampler = getattr(loader.batch_sampler, 'sampler', loader.sampler)
        if getattr(sampler, 'seed', None) == self._built_seed:
            sampler.seed = runner.seed
        self._epoch = torch.zeros((), dtype=torch.int64).share_memory_()
        if hasattr(loader.dataset, '__dict__'):  # A plain list draws nothing.
            # PyTorch's data loader asks a data set that has it for a batch at once.
            loader.dataset.__getitems__ = SeededItems(
                loader.dataset, runner.seed, self._epoch
            )

    def before_train_epoch(self, runner) -> None:
        """Tell the data workers the epoch: they have not begun to load it."""
        super().before_train_epoch(runner)
        if isinstance(runner.train_loop, EpochBasedTrainLoop):
            self._epoch.fill_(runner.epoch)

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        """Seed the process at an epoch's first iteration.

        Not before: starting the data workers draws from the process's generator too, and
        happens in a run's first epoch alone where workers persist.
        """
        if batch_idx == 0 and isinstance(runner.train_loop, EpochBasedTrainLoop):
            set_random_seed(derived_seed(runner.seed, runner.epoch, get_rank()))


class SeededItems:
    """Items of a data set, each loaded with generators seeded for it and the epoch.

    The generators of the process go on afterwards as if nothing had been drawn, so that
    the model draws the same whether data are loaded in workers or not.

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
        states = random.getstate(), np.random.get_state(), torch.get_rng_state()
        try:
            return [self._item(index) for index in indices]
        finally:
            random.setstate(states[0])
            np.random.set_state(states[1])
            torch.set_rng_state(states[2])

    def _item(self, index: int):
        seed = derived_seed(self.seed, int(self.epoch), index)
        random.seed(seed)
        np.random.seed(seed)
        # Not `torch.manual_seed`, which seeds the GPUs of the process as well.
        torch.default_generator.manual_seed(seed)
        return self.dataset[index]


def derived_seed(*numbers: int) -> int:
    """A seed below 2^32 for some numbers, unlike that of any others near them.

    Args:
        *numbers (int): Each at least 0.
    """
    return int(np.random.SeedSequence(numbers).generate_state(1)[0])
