# Ablation of laps_k400.py: per-frame attention only, 39.074 GFLOPs per view.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']

model = dict(backbone=dict(leap_levels=((None,), (None,)), shift_div=0))
