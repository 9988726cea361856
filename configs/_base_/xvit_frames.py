# What X-ViT's authors do to frames at 224 x 224, whatever the data (their
# slowfast/datasets/kinetics.py and ssv2.py): a pipeline samples, and goes on with these.
init = dict(type='DecordInit')
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
augment = [
    dict(type='DecordDecode'),
    dict(type='TorchVisionWrapper', op='AutoAugment', fill=[127.5] * 3),
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
