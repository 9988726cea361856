# A frozen host of random weights at toy size, with LoRA in every layer, on the motion data
# set. The config adds the host.
_base_ = ['runtime.py', 'motion.py']

model = dict(
    backbone=dict(
        type='PeftBackbone',
        backbone=dict(
            type='TimmVideoViT',
            img_size=64,
            patch_size=16,
            embed_dim=64,
            depth=3,
            num_heads=4,
            temporal_embed_frames=8,
            moves=[[dict(type='ChannelShift', at='keys_values', per_head=True)]],
        ),
        # Random weights need a larger rank than trained ones.
        peft=dict(
            type='LoraConfig',
            r=32,
            lora_alpha=64,
            target_modules=['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'],
        ),
    ),
    cls_head=dict(
        type='TemporalAttentionHead',
        num_classes=8,
        in_channels=64,
        num_heads=4,
        hidden_channels=64,
        dropout_ratio=0.0,
        average_clips='prob',
    ),
)

max_epochs = 16
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=4)
