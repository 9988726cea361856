# An attentive probe of the features of 8 frames. No frame sees another in the host.
_base_ = ['_base_/probe_motion.py']

model = dict(
    cls_head=dict(
        type='AttentiveHead',
        num_classes=8,
        in_channels=64,
        num_frames=8,
        num_heads=4,
        average_clips='prob',
    ),
)
