# X-ViT's mixing in timm's DINOv2 with registers, at toy size on the motion data set.
_base_ = ['xvit_dinov3_motion.py']

model = dict(backbone=dict(model_name='vit_small_patch14_reg4_dinov2'))
