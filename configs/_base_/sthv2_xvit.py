# Something-Something V2 as X-ViT's authors sample and augment it (their
# slowfast/datasets/ssv2.py): uniform segments, no flip, AutoAugment, scale jitter, and the
# same erasing on all frames.
_base_ = ['sthv2.py']

sample = dict(type='UniformSample', clip_len=16)
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
# What follows the sampling.
train_frames = [
    dict(type='DecordDecode'),
    dict(type='TorchVisionWrapper', op='AutoAugment', fill=[127.5] * 3),
    dict(type='RandomRescale', scale_range=(256, 320)),
    dict(type='RandomCrop', size=224),
    dict(type='RandomErasing', erase_prob=0.5),
    *pack,
]
val_frames = [
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]
test_frames = [
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]

init = dict(type='DecordInit')
train_pipeline = [init, sample, *train_frames]
val_pipeline = [init, dict(**sample, test_mode=True), *val_frames]
# 2 temporal x 3 spatial views.
test_pipeline = [init, dict(**sample, num_clips=2, test_mode=True), *test_frames]

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
