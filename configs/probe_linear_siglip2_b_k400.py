# SigLIP 2 ViT-B/16, frozen, and a linear probe of 8 frames of 224 x 224 on Kinetics-400.
# Not trained here.
_base_ = ['_base_/probe_k400.py', '_base_/hosts/siglip2_b.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(type='FrameAverageHead', in_channels=_base_.channels),
    data_preprocessor=_base_.pixels,
)
