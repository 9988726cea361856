# The baseline of lora_dinov3_motion.py: no moves, so no frame sees another. Scores are
# averaged over the frames.
_base_ = ['lora_dinov3_motion.py']

model = dict(
    backbone=dict(backbone=dict(moves=[])),
    cls_head=dict(
        _delete_=True,
        type='FrameAverageHead',
        num_classes=8,
        in_channels=64,
        init_std=0.1,
        average_clips='prob',
    ),
)
