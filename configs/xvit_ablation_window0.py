# Table 1 of the X-ViT paper, no neighbours: spatial attention, the mean over the frames.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(window=0), cls_head=dict(num_layers=0))
