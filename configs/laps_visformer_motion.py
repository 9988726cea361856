# LAPS on Visformer at toy size on the motion data set. Trains in minutes on a CPU.
_base_ = ['_base_/runtime.py', '_base_/motion.py']

model = dict(
    backbone=dict(
        type='LAPSVisformer',
        arch=dict(init_channels=8, embed_dim=64, depth=(1, 2, 2), num_heads=4),
        img_size=64,
        num_frames=8,
        leap_levels=((1, 2), (3, 1)),
    ),
    cls_head=dict(
        type='FrameAverageHead',
        num_classes=8,
        in_channels=128,
        init_std=0.1,
        average_clips='prob',
    ),
)
