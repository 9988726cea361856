# Something-Something V2 as X-ViT's authors sample and augment it (their
# slowfast/datasets/ssv2.py): uniform segments, no flip, AutoAugment, scale jitter, and the
# same erasing on all frames.
_base_ = ['sthv2.py']
clip_len = 16

train_pipeline = [
    dict(type='DecordInit'),
    dict(type='UniformSegmentSample', clip_len=clip_len),
    dict(type='DecordDecode'),
    dict(type='ClipAutoAugment', policy='v0', fill=128),
    dict(type='RandomRescale', scale_range=(256, 320)),
    dict(type='RandomCrop', size=224),
    dict(type='RandomErasing', erase_prob=0.5),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
val_pipeline = [
    dict(type='DecordInit'),
    dict(type='UniformSegmentSample', clip_len=clip_len, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='CenterCrop', crop_size=224),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
# 2 temporal x 3 spatial views.
test_pipeline = [
    dict(type='DecordInit'),
    dict(type='UniformSegmentSample', clip_len=clip_len, num_clips=2, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
