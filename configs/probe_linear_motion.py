# A linear probe of the features of 8 frames side by side. No frame sees another.
_base_ = ['_base_/probe_motion.py']

model = dict(
    cls_head=dict(
        type='FrameConcatHead',
        num_classes=8,
        in_channels=64,
        num_frames=8,
        average_clips='prob',
    ),
)
