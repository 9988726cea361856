# Table 3 of the X-ViT paper: summary tokens and a layer of temporal attention.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(summary_tokens=True))
