# Probes on Something-Something V2: 8 frames over the whole video, as lora_ssv2.py takes
# them; training on the centre crop, test on 1 x 3 views.
_base_ = ['probe.py', 'sthv2.py', 'timm_frames.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes, average_clips='prob'))

sample = dict(type='UniformSegmentSample', clip_len=8, test_mode=True)
centre = [_base_.init, sample, *_base_.val_frames]
train_dataloader = dict(
    batch_size=256,
    dataset=dict(
        _delete_=True,
        type='CachedFeatures',
        dataset=dict(**_base_.train_dataloader.dataset, pipeline=centre),
    ),
)
val_dataloader = dict(
    batch_size=256,
    dataset=dict(
        _delete_=True,
        type='CachedFeatures',
        dataset=dict(**_base_.val_dataloader.dataset, pipeline=centre),
    ),
)
test_dataloader = dict(dataset=dict(pipeline=[_base_.init, sample, *_base_.test_frames]))
