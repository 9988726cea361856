# lora_dinov3_motion.py with DINOv2's architecture, with registers.
_base_ = ['_base_/lora_motion.py']

model = dict(backbone=dict(backbone=dict(model_name='vit_small_patch14_reg4_dinov2')))
