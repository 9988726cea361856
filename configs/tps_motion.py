# TPS at toy size on the motion data set. Trains in minutes on a CPU.
_base_ = ['_base_/runtime.py', '_base_/motion.py']

model = dict(
    backbone=dict(
        type='TPSSwin',
        arch=dict(embed_dims=48, depths=[2, 2], num_heads=[2, 4]),
        img_size=64,
        num_frames=8,
        patch_size=(1, 8, 8),
        window_size=4,
        drop_path_rate=0.0,
    ),
    cls_head=dict(
        type='I3DHead',
        num_classes=8,
        in_channels=96,
        dropout_ratio=0.0,
        init_std=0.1,
        average_clips='prob',
    ),
)
