# Ablation of laps_k400.py: only the periodic shift, 39.074 GFLOPs per view.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']

model = dict(backbone=dict(leap_levels=((None,), (None,))))
