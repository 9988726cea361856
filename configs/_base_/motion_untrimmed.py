# Windows of 10 frames from tools/data/make_motion_dataset.py --untrimmed, and X-ViT at toy
# size without its moves. A config adds the moves, and the frames that the head gets.
_base_ = ['motion.py']

window = 10
model = dict(
    backbone=dict(
        type='VideoViT',
        arch=dict(embed_dims=64, num_layers=3, num_heads=4, feedforward_channels=256),
        img_size=64,
        patch_size=16,
        num_frames=window,
    ),
    cls_head=dict(
        type='TemporalAttentionHead',
        num_classes=8,
        in_channels=64,
        num_heads=4,
        hidden_channels=64,
        dropout_ratio=0.0,
        average_clips='prob',
    ),
)

open_window = [
    dict(type='SegmentInit'),
    dict(type='SampleFrames', clip_len=window, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 64)),
]
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_pipeline = [*open_window, dict(type='RandomCrop', size=64), *pack]
test_pipeline = [*open_window, dict(type='CenterCrop', crop_size=64), *pack]

data = dict(
    type='StreamWindowsDataset',
    data_root='data/motion_untrimmed',
    window=window,
    stride=6,
)
val_data = dict(**data, ann_file='val.json', pipeline=test_pipeline)
train_dataloader = dict(
    dataset=dict(**data, ann_file='train.json', pipeline=train_pipeline)
)
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(batch_size=32, dataset=val_data)

max_epochs = 2
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=max_epochs)
