# X-ViT's mixing in timm's DINOv3 (rotary position embedding, registers), at toy size on the
# motion data set.
_base_ = ['_base_/runtime.py', '_base_/motion.py']

model = dict(
    backbone=dict(
        type='TimmVideoViT',
        model_name='vit_small_patch16_dinov3',
        img_size=64,
        patch_size=16,
        embed_dim=64,
        depth=3,
        num_heads=4,
        temporal_embed_frames=8,
        moves=[[dict(type='ChannelShift', at='keys_values', per_head=True)]],
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
