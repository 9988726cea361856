# Short trainings from scratch on the videos of `make_motion_dataset.py --apart`: 16 frames
# of 112 x 112, every second one of the 32. spaced.py adds a model and the folder.
_base_ = ['../../configs/_base_/runtime.py', '../../configs/_base_/motion.py']

custom_imports = dict(imports=['projects.xvit', 'projects.xvit.engine', 'spaced_metric'])

decode = [
    dict(type='DecordDecode'),
    dict(type='FormatShape', input_format='NCTHW'),
]
train_pipeline = [
    dict(type='DecordInit', num_threads=1),
    dict(type='SampleFrames', clip_len=16, frame_interval=2),
    *decode,
    dict(type='PackActionInputs'),
]
val_pipeline = [
    dict(type='DecordInit', num_threads=1),
    dict(type='SampleFrames', clip_len=16, frame_interval=2, test_mode=True),
    *decode,
    dict(type='PackActionInputs', meta_keys=('filename',)),
]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline, num_classes=4))
val_dataloader = dict(batch_size=32, dataset=dict(pipeline=val_pipeline, num_classes=4))
test_dataloader = val_dataloader
val_evaluator = dict(type='SpacedAccMetric')
test_evaluator = val_evaluator

optim_wrapper = dict(optimizer=dict(lr=5e-4))
# A warm-up, then a constant rate: a run that is stopped early has had no other schedule.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=40, val_interval=1)
default_hooks = dict(
    checkpoint=dict(interval=-1, save_best=None),  # Only the accuracy counts.
    logger=dict(interval=20),
)
