# LAPS Visformer-S on Kinetics-400, 8 frames at 224 x 224: 40.136 GFLOPs per view.
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/laps_visformer.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)
