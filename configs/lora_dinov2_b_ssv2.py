# DINOv2 ViT-B/14 with registers with LoRA on Something-Something V2: 8 frames of 224 x 224,
# 1 x 3 views. Not trained here.
_base_ = ['_base_/lora_ssv2.py']

from timm.models import get_pretrained_cfg  # noqa: E402

host = 'vit_base_patch14_reg4_dinov2.lvd142m'
image = get_pretrained_cfg(host)
model = dict(
    backbone=dict(backbone=dict(model_name=host)),
    cls_head=dict(in_channels=768),
    data_preprocessor=dict(
        mean=[255 * value for value in image.mean],
        std=[255 * value for value in image.std],
    ),
)
del image
