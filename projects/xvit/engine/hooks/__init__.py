from .atomic_checkpoint_hook import AtomicCheckpointHook
from .epoch_seed_hook import EpochSeedHook

__all__ = ['AtomicCheckpointHook', 'EpochSeedHook']
