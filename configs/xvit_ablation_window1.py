# Table 1 of the X-ViT paper, one neighbour on each side, scores averaged over the frames.
# Without temporal attention, the authors classify every frame with one linear layer
# (slowfast/models/video_model_builder.py).
_base_ = ['xvit_ssv2_8f.py']

model = dict(
    cls_head=dict(
        _delete_=True,
        type='FrameAverageHead',
        num_classes=_base_.num_classes,
        in_channels=768,
        dropout_ratio=0.5,
        init_std=0.001,
        average_clips='score',
    )
)
