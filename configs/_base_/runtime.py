# MMAction2's default runtime, on which a killed and resumed run equals one that was not.
# projects.xvit registers; projects.xvit.engine also changes how MMEngine runs, in this
# process: see its docstring.
_base_ = 'mmaction::_base_/default_runtime.py'

custom_imports = dict(imports=['projects.xvit', 'projects.xvit.engine'])
default_hooks = dict(
    checkpoint=dict(type='AtomicCheckpointHook'),
    sampler_seed=dict(type='EpochSeedHook'),
)
