# Ablation of laps_k400.py: only leap attention, 40.136 GFLOPs per view.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']

model = dict(backbone=dict(shift_div=0))
