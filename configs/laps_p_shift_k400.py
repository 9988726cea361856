# Ablation of laps_k400.py: the periodic shift alone, 39.074 GFLOPs per view.
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/laps_visformer.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

model = dict(backbone=dict(leap_levels=((None,), (None,))))
