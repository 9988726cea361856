# Table 1 of the X-ViT paper, no neighbours: per-frame attention, scores averaged over the
# frames.
_base_ = ['xvit_ablation_window1.py']

model = dict(backbone=dict(window=0))
