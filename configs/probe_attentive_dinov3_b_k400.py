# DINOv3 ViT-B/16, frozen, and an attentive probe of 8 frames of 224 x 224 on Kinetics-400.
# Not trained here.
_base_ = ['_base_/probe_k400.py', '_base_/hosts/dinov3_b.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(type='AttentiveHead', in_channels=_base_.channels, num_frames=8),
    data_preprocessor=_base_.pixels,
)
