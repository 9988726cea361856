# X-ViT's mixing in timm's SigLIP, at toy size on the motion data set: no class token,
# attention pooling.
_base_ = ['xvit_dinov3_motion.py']

model = dict(backbone=dict(model_name='vit_base_patch16_siglip_224'))
