# TPS's moves in a plain ViT, at toy size on the motion data set.
_base_ = ['tps_motion.py']

model = dict(
    backbone=dict(
        _delete_=True,
        type='TPSViT',
        arch=dict(embed_dims=96, num_layers=4, num_heads=4, feedforward_channels=384),
        img_size=64,
        patch_size=8,
    ),
    cls_head=dict(
        _delete_=True,
        type='FrameAverageHead',
        num_classes=8,
        in_channels=96,
        average_clips='prob',
    ),
)
