# The quickstart's baseline: the same model, but no frame sees another: scores are averaged.
_base_ = ['xvit_motion.py']

model = dict(
    backbone=dict(window=0),
    cls_head=dict(
        _delete_=True,
        type='FrameAverageHead',
        num_classes=8,
        in_channels=64,
        init_std=0.1,
        average_clips='prob',
    ),
)
