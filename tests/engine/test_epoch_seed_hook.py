"""Random numbers follow from seed, epoch, sample and rank, however data are loaded."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop
from torch.utils.data import DataLoader

from projects.xvit.engine.hooks import EpochSeedHook
from projects.xvit.engine.hooks.epoch_seed_hook import derived_seed


class Draws(torch.utils.data.Dataset):
    """An item is its index and a random number of each generator."""

    def __len__(self):
        return 10

    def __getitem__(self, index):
        drawn = random.random(), np.random.rand(), torch.rand(()).item()
        return torch.tensor([index, *drawn], dtype=torch.float64)


def epochs(first, last, workers=0, persistent=False, seed=3, loop=EpochBasedTrainLoop):
    """Return the batches of some epochs, and what the model drew at each batch."""
    torch.manual_seed(torch.seed())  # What was drawn before must not matter.
    dataset = Draws()
    loader = DataLoader(
        dataset,
        sampler=DefaultSampler(dataset, seed=seed),
        batch_size=4,
        num_workers=workers,
        persistent_workers=persistent,
    )
    train_loop = object.__new__(loop)
    train_loop.dataloader = loader
    runner = SimpleNamespace(train_loop=train_loop, seed=seed)
    hook = EpochSeedHook()
    hook.before_run(runner)
    hook.before_train(runner)
    batches, draws = [], []
    for runner.epoch in range(first, last):
        hook.before_train_epoch(runner)
        for index, batch in enumerate(loader):
            hook.before_train_iter(runner, index, batch)
            batches.append(batch)
            draws.append(torch.rand(3).tolist() + np.random.rand(2).tolist())
    return torch.cat(batches), torch.tensor(draws)


@pytest.mark.parametrize('loading', [(0, False), (1, True), (2, False), (3, True)])
def test_resumed_epochs_equal_uninterrupted_ones_however_loaded(loading):
    batches, draws = epochs(0, 3, workers=1, persistent=True)
    again, draws_again = epochs(1, 3, *loading)
    assert torch.equal(again, batches[10:]) and torch.equal(draws_again, draws[3:])


def test_samples_epochs_seeds_and_generators_differ():
    batches, draws = epochs(0, 3)
    other, _ = epochs(0, 3, seed=4)
    drawn = torch.cat([batches[:, 1:], other[:, 1:]]).flatten()
    assert len(drawn.unique()) == len(drawn) and len(draws.unique()) == draws.numel()
    # The sampler still has another order in each epoch.
    assert not torch.equal(batches[:10, 0], batches[10:20, 0])


def test_seeds_differ_by_rank_and_order():
    seeds = {derived_seed(a, b, c) for a in range(9) for b in range(9) for c in range(9)}
    assert len(seeds) == 9**3


def test_iteration_based_training_is_left_alone():
    dataset, _ = epochs(0, 1, loop=IterBasedTrainLoop)
    again, _ = epochs(0, 1, loop=IterBasedTrainLoop)
    assert not torch.equal(dataset[:, 1:], again[:, 1:])


def test_resumed_run_without_a_seed_takes_the_samples_in_the_same_order():
    dataset = Draws()
    for built, chosen, expected in ((7, 7, 3), (7, 5, 5)):
        train_loop = object.__new__(EpochBasedTrainLoop)
        sampler = DefaultSampler(dataset, seed=chosen)
        train_loop.dataloader = DataLoader(dataset, sampler=sampler)
        runner = SimpleNamespace(train_loop=train_loop, seed=built)
        hook = EpochSeedHook()
        hook.before_run(runner)
        runner.seed = 3  # The checkpoint's.
        hook.before_train(runner)
        assert sampler.seed == expected
