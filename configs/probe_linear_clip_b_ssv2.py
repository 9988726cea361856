# OpenAI's CLIP ViT-B/16, frozen, and a linear probe of 8 frames of 224 x 224 on Something-
# Something V2. Not trained here.
_base_ = ['_base_/probe_ssv2.py', '_base_/hosts/clip_b.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(type='FrameConcatHead', in_channels=_base_.channels, num_frames=8),
    data_preprocessor=_base_.pixels,
)
