# Kinetics-400 as videos, laid out as MMAction2's tools/data/kinetics leaves it: clips of 32
# frames every 2 at 224 x 224, 4 x 3 views to test.
dataset_type = 'CheckedVideoDataset'
data_root = 'data/kinetics400/videos_train'
data_root_val = 'data/kinetics400/videos_val'
ann_file_train = 'data/kinetics400/kinetics400_train_list_videos.txt'
ann_file_val = 'data/kinetics400/kinetics400_val_list_videos.txt'
num_classes = 400

sample = dict(type='SampleFrames', clip_len=32, frame_interval=2)
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

loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    **loader,
    batch_size=8,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(
        type=dataset_type,
        ann_file=ann_file_train,
        data_prefix=dict(video=data_root),
        num_classes=num_classes,
        pipeline=train_pipeline,
    ),
)
dataset_val = dict(
    type=dataset_type,
    ann_file=ann_file_val,
    data_prefix=dict(video=data_root_val),
    num_classes=num_classes,
    test_mode=True,
)
val_dataloader = dict(
    **loader,
    batch_size=8,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset_val, pipeline=val_pipeline),
)
test_dataloader = dict(
    **loader,
    batch_size=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset_val, pipeline=test_pipeline),
)
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
