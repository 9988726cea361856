# Table 1 of the X-ViT paper, two neighbours on each side, the mean over the frames. The
# paper does not divide the channels; here half of them are mixed, as with one neighbour.
_base_ = ['xvit_ssv2_8f.py']

model = dict(backbone=dict(window=2, shift_div=8), cls_head=dict(num_layers=0))
