# TPS at toy size on the motion data set, in minutes on a CPU.
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/motion.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='TPSSwin',
        arch=dict(embed_dims=64, depths=[2, 2], num_heads=[2, 4]),
        img_size=64,
        num_frames=8,
        patch_size=(1, 4, 4),
        window_size=8,
        drop_path_rate=0.0,
    ),
    cls_head=dict(
        type='I3DHead',
        num_classes=8,
        in_channels=128,
        dropout_ratio=0.0,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

max_epochs = 20
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=2, convert_to_iter_based=True),
    dict(
        type='CosineAnnealingLR',
        begin=2,
        end=max_epochs,
        eta_min=1e-5,
        convert_to_iter_based=True,
    ),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=32)
default_hooks = dict(
    logger=dict(interval=25), checkpoint=dict(max_keep_ckpts=1, save_best='acc/top1')
)
randomness = dict(seed=0)
