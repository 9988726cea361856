# X-ViT's mixing in timm's SigLIP (no class token, attention pooling), at toy size on the
# motion data set.
_base_ = ['xvit_dinov3_motion.py']

model = dict(backbone=dict(model_name='vit_base_patch16_siglip_224'))
