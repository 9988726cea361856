# Table 1 of the X-ViT paper, no neighbours: spatial attention, the mean over the frames.
_base_ = ['xvit_ablation_window1.py']

model = dict(backbone=dict(window=0))
