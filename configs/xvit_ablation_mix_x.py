# Table 2c of the X-ViT paper: the layer's input is mixed, instead of keys and values.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(mix_targets=('x',)))
