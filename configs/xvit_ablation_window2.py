# Table 1 of the X-ViT paper, two neighbours on each side, scores averaged over the frames.
# The paper does not say how channels are divided. Here half of them are mixed, as with one
# neighbour.
_base_ = ['xvit_ablation_window1.py']

model = dict(backbone=dict(window=2, shift_div=8))
