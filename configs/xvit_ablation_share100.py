# Table 2d of the X-ViT paper: all channels mixed, none of them the frame's own.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(shift_div=2))
