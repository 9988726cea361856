# lora_dinov3_motion.py with CLIP's architecture.
_base_ = ['_base_/lora_motion.py']

model = dict(backbone=dict(backbone=dict(model_name='vit_base_patch16_clip_224')))
