# TPS's moves on a plain ViT, at toy size on the motion data set.
_base_ = ['_base_/runtime.py', '_base_/motion.py']

model = dict(
    backbone=dict(
        type='TPSViT',
        arch=dict(embed_dims=64, num_layers=3, num_heads=4, feedforward_channels=256),
        img_size=64,
        patch_size=8,
    ),
    cls_head=dict(
        type='FrameAverageHead',
        num_classes=8,
        in_channels=64,
        init_std=0.1,
        average_clips='prob',
    ),
)
