# The quickstart's baseline: the same backbone, but no frame sees another. Scores are
# averaged over the frames.
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
