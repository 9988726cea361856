# LAPS Visformer-S on Kinetics-400, 8 frames at 224 x 224: 40.136 GFLOPs per view.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']
