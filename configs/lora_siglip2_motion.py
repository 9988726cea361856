# lora_dinov3_motion.py with SigLIP 2's architecture.
_base_ = ['_base_/lora_motion.py']

model = dict(backbone=dict(backbone=dict(model_name='vit_base_patch16_siglip_224')))

# Its attention pool is frozen too, and it learns more slowly: 16 epochs end at 89 %.
max_epochs = 24
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs)
