# Table 2b of the X-ViT paper: three layers of temporal attention.
_base_ = ['xvit_ssv2_8f.py']

model = dict(cls_head=dict(num_layers=3))
