# The motion data set of tools/data/make_motion_dataset.py, 8 frames of 64 x 64, and the
# schedule of the toy models on it.
_base_ = ['videos.py']

model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

num_classes = 8
clip_len = 8

decode = [
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 64)),
]
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=clip_len, frame_interval=4),
    *decode,
    dict(type='RandomCrop', size=64),
    *pack,
]
val_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=clip_len, frame_interval=4, test_mode=True),
    *decode,
    dict(type='CenterCrop', crop_size=64),
    *pack,
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(
        type='SampleFrames',
        clip_len=clip_len,
        frame_interval=4,
        num_clips=2,
        test_mode=True,
    ),
    *decode,
    dict(type='ThreeCrop', crop_size=64),
    *pack,
]

data = dict(data_root='data/motion', data_prefix=dict(video=''), num_classes=num_classes)
loader = dict(num_workers=2)
train_dataloader = dict(
    **loader,
    batch_size=16,
    dataset=dict(**data, ann_file='train.txt', pipeline=train_pipeline),
)
val_dataloader = dict(
    **loader,
    batch_size=32,
    dataset=dict(**data, ann_file='val.txt', pipeline=val_pipeline),
)
test_dataloader = dict(
    **loader,
    batch_size=8,
    dataset=dict(**data, ann_file='val.txt', pipeline=test_pipeline),
)

max_epochs = 8
optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.05),
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=2)
auto_scale_lr = dict(enable=False, base_batch_size=16)
randomness = dict(seed=0)
