# Clips of one frame from each of 32 segments at 224 x 224, 1 x 3 views to test: TPS's
# pipelines where the whole video counts. A config over this one gives them to its data.
# Differs from the authors:
# - RandAugment's shears, translations and rotation go to a side that the authors draw once,
#   when a process builds its pipeline; here it is drawn for each clip, since a resumed run
#   must equal one that was not stopped;
# - they erase after normalization to 0, the mean colour, here rounded to bytes: at most
#   0.009 off after normalization. A rectangle longer than the frame, 0.5 % of them, is cut
#   off; theirs is drawn again. It never touches the last row and column.
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
