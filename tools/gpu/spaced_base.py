# Short trainings from scratch on the videos of `make_motion_dataset.py --apart`: 16 frames
# of 112 x 112, every second one of the 32. spaced.py adds a model and the folder.
_base_ = ['../../configs/_base_/runtime.py', '../../configs/_base_/videos.py']

custom_imports = dict(imports=['projects.xvit', 'projects.xvit.engine', 'spaced_metric'])
model = dict(
    type='Recognizer3D',
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

train_pipeline = [
    dict(type='DecordInit', num_threads=1),
    dict(type='SampleFrames', clip_len=16, frame_interval=2),
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
val_pipeline = [
    dict(type='DecordInit', num_threads=1),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('filename',)),
]
loader = dict(batch_size=32, num_workers=2)
train_dataloader = dict(
    **loader, dataset=dict(ann_file='train.txt', pipeline=train_pipeline, num_classes=4)
)
val_dataloader = dict(
    **loader, dataset=dict(ann_file='val.txt', pipeline=val_pipeline, num_classes=4)
)
test_dataloader = val_dataloader
val_evaluator = dict(type='SpacedAccMetric')
test_evaluator = val_evaluator

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=5e-4, weight_decay=0.05), clip_grad=dict(max_norm=1.0)
)
# A warm-up, then a constant rate: a run that is stopped early has had no other schedule.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True)
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=40, val_interval=1)
default_hooks = dict(
    checkpoint=dict(interval=-1, save_best=None),  # Only the accuracy counts.
    logger=dict(interval=20),
)
randomness = dict(seed=0)
