# LAION's CLIP ViT-L/14 with LoRA on Kinetics-400: 8 frames of 224 x 224, 3 x 1 views. Not
# trained here.
_base_ = ['_base_/lora_k400.py', '_base_/hosts/openclip_l.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(in_channels=_base_.channels),
    data_preprocessor=_base_.pixels,
)
