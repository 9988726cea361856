# A frozen host of random weights at toy size, and a head that is trained on its features,
# on the motion data set. It shows how a probe works; random features tell little.
_base_ = ['runtime.py', 'motion.py']

model = dict(
    backbone=dict(
        type='FrozenBackbone',
        backbone=dict(
            type='TimmVideoViT',
            model_name='vit_small_patch16_dinov3',
            img_size=64,
            patch_size=16,
            embed_dim=64,
            depth=3,
            num_heads=4,
        ),
    ),
    data_preprocessor=dict(type='ProbePreprocessor'),
)
custom_hooks = [dict(type='FeatureCacheHook')]

train_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CachedFeatures',
        dataset=dict(_base_.train_dataloader.dataset, pipeline=_base_.val_pipeline),
    ),
)
val_dataloader = dict(
    dataset=dict(
        _delete_=True,
        type='CachedFeatures',
        dataset=_base_.val_dataloader.dataset,
    ),
)
