# lora_dinov3_motion.py with DINOv2, which has registers, in 24 epochs as with SigLIP 2.
_base_ = ['lora_siglip2_motion.py']

# timm starts layer scale at 1e-5. A frozen host would keep that, and its layers would add
# nothing to the tokens. And without trained weights the class token gathers little from the
# patches, so the patches are averaged.
host = dict(model_name='vit_small_patch14_reg4_dinov2', init_values=1.0, global_pool='avg')
model = dict(backbone=dict(backbone=host))
del host
