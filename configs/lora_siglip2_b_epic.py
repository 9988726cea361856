# SigLIP 2 ViT-B/16 with LoRA on EPIC-KITCHENS-100: 8 frames of 224 x 224, 1 x 3 views. Not
# trained here.
_base_ = ['_base_/lora_epic.py', '_base_/hosts/siglip2_b.py']

model = dict(
    backbone=dict(backbone=_base_.host),
    cls_head=dict(trunk=dict(in_channels=_base_.channels)),
    data_preprocessor=_base_.pixels,
)
