# MMAction2's default runtime, with two hooks by which a run that was killed and resumed
# equals one that was not. projects.xvit only registers. projects.xvit.engine also changes
# how MMEngine runs in this process: see its docstring.
_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['projects.xvit', 'projects.xvit.engine'])
default_hooks = dict(
    checkpoint=dict(type='AtomicCheckpointHook'),
    sampler_seed=dict(type='EpochSeedHook'),
)
