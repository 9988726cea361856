# DINOv2 ViT-B/14 with registers with LoRA on Kinetics-400: 8 frames of 224 x 224, 3 x 1
# views. Not trained here.
_base_ = ['_base_/lora_k400.py', '_base_/hosts/dinov2_b.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(in_channels=_base_.channels),
    data_preprocessor=_base_.pixels,
)
