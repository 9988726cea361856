# Table 2d of the X-ViT paper, 0 % of the channels mixed: only temporal attention.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(window=0))
