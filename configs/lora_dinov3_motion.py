# DINOv3's architecture, frozen, with LoRA and X-ViT's mixing, at toy size on the motion
# data set. Only the adapters, the temporal embedding and the head are trained.
_base_ = ['_base_/lora_motion.py']

model = dict(backbone=dict(backbone=dict(model_name='vit_small_patch16_dinov3')))
