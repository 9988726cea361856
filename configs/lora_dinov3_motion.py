# DINOv3's architecture, frozen, with LoRA and X-ViT's mixing, at toy size on the motion
# data set. Only the adapters, the temporal embedding and the head are trained.
_base_ = ['_base_/lora_motion.py']

# timm starts layer scale at 1e-5. A frozen host would keep that, and its layers would add
# nothing to the tokens.
host = dict(model_name='vit_small_patch16_dinov3', init_values=1.0)
model = dict(backbone=dict(backbone=host))
del host
