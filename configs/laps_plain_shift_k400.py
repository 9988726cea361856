# Ablation of laps_k400.py: no leap attention, and channels are shifted across all heads
# together.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']

model = dict(backbone=dict(leap_levels=((None,), (None,)), shift_per_head=False))
