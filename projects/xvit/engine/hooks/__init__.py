from .atomic_checkpoint_hook import AtomicCheckpointHook
from .epoch_seed_hook import EpochSeedHook
from .feature_cache_hook import FeatureCacheHook

__all__ = ['AtomicCheckpointHook', 'EpochSeedHook', 'FeatureCacheHook']
