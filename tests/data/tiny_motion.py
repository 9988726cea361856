# The smallest X-ViT that has everything random: crops, flips, dropout and drop path.
_base_ = '../../configs/xvit_motion.py'

model = dict(
    backbone=dict(
        arch=dict(embed_dims=16, num_layers=1, num_heads=2, feedforward_channels=32),
        img_size=32,
        num_frames=4,
        drop_rate=0.1,
        drop_path_rate=0.1,
    ),
    cls_head=dict(in_channels=16, num_heads=2, hidden_channels=16, dropout_ratio=0.5),
)

decode = [
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 40)),
]
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=4),
    *decode,
    dict(type='RandomCrop', size=32),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='SampleFrames', clip_len=4, frame_interval=4, test_mode=True),
    *decode,
    dict(type='CenterCrop', crop_size=32),
    *pack,
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

default_hooks = dict(logger=dict(interval=1))
log_processor = dict(window_size=1)
custom_imports = dict(imports=['projects.xvit', 'projects.xvit.engine', 'fault_hooks'])
