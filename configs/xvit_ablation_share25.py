# Table 2d of the X-ViT paper: 25 % of the channels mixed.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(shift_div=8))
