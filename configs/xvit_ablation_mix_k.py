# Table 2c of the X-ViT paper: only keys are mixed, instead of keys and values.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(mix_targets=('k',)))
