# DINOv3 ViT-B/16 with LoRA on EPIC-KITCHENS-100: 8 frames of 224 x 224, 1 x 3 views. Not
# trained here.
_base_ = ['_base_/lora_epic.py']

from timm.models import get_pretrained_cfg  # noqa: E402

host = 'vit_base_patch16_dinov3.lvd1689m'
image = get_pretrained_cfg(host)
model = dict(
    backbone=dict(backbone=dict(model_name=host)),
    cls_head=dict(trunk=dict(in_channels=768)),
    data_preprocessor=dict(
        mean=[255 * value for value in image.mean],
        std=[255 * value for value in image.std],
    ),
)
del image
