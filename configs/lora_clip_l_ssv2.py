# OpenAI's CLIP ViT-L/14 with LoRA on Something-Something V2: 8 frames of 224 x 224, 1 x 3
# views. Not trained here.
_base_ = ['_base_/lora_ssv2.py', '_base_/hosts/clip_l.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(in_channels=_base_.channels),
    data_preprocessor=_base_.pixels,
)
