# Table 3 of the X-ViT paper: summary tokens, scores averaged over the frames.
_base_ = ['xvit_ablation_window1.py']

model = dict(backbone=dict(summary_tokens=True))
