# tiny_motion.py with a frozen host, and a head on its cached features.
_base_ = 'tiny_motion.py'

model = dict(
    backbone=dict(
        _delete_=True,
        type='FrozenBackbone',
        backbone=dict(
            type='TimmVideoViT',
            model_name='vit_small_patch16_dinov3',
            img_size=32,
            patch_size=16,
            embed_dim=16,
            depth=2,
            num_heads=2,
            num_frames=4,
            moves=[[dict(type='ChannelShift', at='keys_values', per_head=True)]],
        ),
    ),
    cls_head=dict(
        _delete_=True,
        type='AttentiveHead',
        num_classes=8,
        in_channels=16,
        num_frames=4,
        num_heads=2,
        average_clips='prob',
    ),
    data_preprocessor=dict(type='ProbePreprocessor'),
)
custom_hooks = [dict(type='FeatureCacheHook', batch_size=4)]
train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CachedFeatures',
        dataset=dict(_base_.train_dataloader.dataset, pipeline=_base_.test_pipeline),
    ),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True, type='CachedFeatures', dataset=_base_.val_dataloader.dataset
    ),
)
