# tiny_motion.py with a frozen host and LoRA, and with averaged weights.
_base_ = 'tiny_motion.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='PeftBackbone',
        backbone=dict(
            type='TimmVideoViT',
            model_name='vit_small_patch16_dinov3',
            img_size=32,
            patch_size=16,
            embed_dim=16,
            depth=2,
            num_heads=2,
            num_frames=4,
            temporal_embed_frames=4,
            moves=[[dict(type='ChannelShift', at='keys_values', per_head=True)]],
        ),
        peft=dict(type='LoraConfig', r=2, target_modules=['attn.qkv'], lora_dropout=0.1),
    )
)
custom_hooks = [dict(type='EMAHook', momentum=0.1)]
