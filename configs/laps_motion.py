# LAPS on ViT at toy size on the motion data set, in minutes on a CPU.
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/motion.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='LAPSViT',
        arch=dict(embed_dims=64, num_layers=3, num_heads=4, feedforward_channels=256),
        img_size=64,
        patch_size=16,
        num_frames=8,
        leap_levels=(1, 2, 3),
    ),
    cls_head=dict(
        type='FrameAverageHead',
        num_classes=8,
        in_channels=64,
        init_std=0.1,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

max_epochs = 8
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=2)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=16)
default_hooks = dict(
    logger=dict(interval=50), checkpoint=dict(max_keep_ckpts=2, save_best='acc/top1')
)
randomness = dict(seed=0)
