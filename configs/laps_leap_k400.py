# Ablation of laps_k400.py: leap attention alone, 40.136 GFLOPs per view.
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/laps_visformer.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

model = dict(backbone=dict(shift_div=0))
