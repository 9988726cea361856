# Clips of one frame from each of 32 segments at 224 x 224, 1 x 3 views to test: TPS's
# pipelines where the whole video counts. A config over this one gives them to its data.
sample = dict(type='UniformSample', clip_len=32)
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
before_flip = [
    dict(type='DecordInit'),
    sample,
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 256)),
    dict(type='RandomResizedCrop'),
    dict(type='Resize', scale=(224, 224), keep_ratio=False),
]
# In place of imgaug's default, two operations at magnitude 9 of 10, drawn once for the
# clip. What is erased gets the mean colour, 0 after normalization.
after_flip = [
    dict(
        type='TorchVisionWrapper',
        op='RandAugment',
        num_ops=2,
        magnitude=9,
        num_magnitude_bins=11,
    ),
    dict(type='RandomErasing', erase_prob=0.25, fill_color=(123.675, 116.28, 103.53)),
    *pack,
]
train_pipeline = [*before_flip, dict(type='Flip', flip_ratio=0.5), *after_flip]
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
    dict(**sample, test_mode=True),
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]
