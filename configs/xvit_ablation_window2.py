# Table 1 of the X-ViT paper, two neighbours on each side, the mean over the frames. The
# paper does not divide the channels; here half of them are mixed, as with one neighbour.
_base_ = ['xvit_ablation_window1.py']

model = dict(backbone=dict(window=2, shift_div=8))
