# Kinetics-400 as TPS's authors sample it with MMAction 0.x: clips of 32 frames, every
# second one, at 224 x 224, and 4 x 3 views for testing.
_base_ = ['kinetics400.py']

sample = dict(type='CenteredSampleFrames', clip_len=32, frame_interval=2)
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [
    dict(type='DecordInit'),
    sample,
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
val_pipeline = [
    dict(type='DecordInit'),
    dict(**sample, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(**sample, num_clips=4, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
