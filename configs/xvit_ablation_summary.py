# Table 3 of the X-ViT paper: summary tokens, the mean over the frames.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(summary_tokens=True), cls_head=dict(num_layers=0))
