# Probes on Kinetics-400: 8 frames, every 16th, as lora_k400.py takes
# them; training on the middle clip and its centre crop, test on 3 x 1 views.
_base_ = ['probe.py', 'kinetics400.py', 'timm_frames.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes, average_clips='prob'))

sample = dict(type='SampleFrames', clip_len=8, frame_interval=16, test_mode=True)
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
views = dict(**sample, num_clips=3)
test_dataloader = dict(dataset=dict(pipeline=[_base_.init, views, *_base_.val_frames]))
