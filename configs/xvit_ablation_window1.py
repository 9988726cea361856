# Table 1 of the X-ViT paper, one neighbour on each side, the mean over the frames.
_base_ = ['xvit_ssv2_8f.py']

model = dict(cls_head=dict(num_layers=0))
