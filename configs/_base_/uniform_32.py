# TPS's pipelines on Something-Something and Diving48: one frame from each of 32 segments,
# at 224 x 224, and 1 x 3 views for testing. A config that uses this file sets them on its
# loaders. Differs from the authors:
# - The direction of RandAugment's shears, translations and rotations is drawn for each clip
#   here. The authors draw it once, when a process builds its pipeline. A resumed run would
#   then differ from an uninterrupted one.
# - They erase to 0 after normalization, which is the mean colour. Here that colour is
#   rounded to bytes: at most 0.009 off after normalization. A rectangle that is longer than
#   the frame (0.5 % of them) is cut off; theirs is drawn again. It never touches the last
#   row and column.
sample = dict(type='UniformSegmentSample', clip_len=32)
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
after_flip = [
    dict(type='ClipImgAugment', num_ops=2, magnitude=9),
    dict(type='RandomErasing', erase_prob=0.25, fill_color=(124, 116, 104)),
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
