# The steps after sampling that X-ViT's pipelines share on all data sets, at 224 x 224 (the
# authors' slowfast/datasets/kinetics.py, ssv2.py and utils.py). Differs from the authors:
# - They resize normalized frames. Here frames are resized as bytes, and a pixel differs by
#   less than one grey level.
# - They draw the two ends of the scale range half as often as other sizes. Here all are
#   equally likely.
# - The long side, and the middle and last of three crops, differ by at most one pixel. The
#   authors round the side down and crop at ceil(room / 2) and room. MMAction2 rounds the
#   side and crops at room // 2 and 2 * (room // 2).
# - They validate on random crops as in training (on Kinetics also on random clips and
#   flips). Here validation uses the centre crop. It does not affect training.
init = dict(type='DecordInit')
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
augment = [
    dict(type='DecordDecode'),
    dict(type='ClipAutoAugment', policy='v0', fill=128),
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
