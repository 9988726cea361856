# What X-ViT's authors do to frames at 224 x 224, whatever the data (their
# slowfast/datasets/kinetics.py, ssv2.py and utils.py): a pipeline samples, and goes on with
# these. Differs from the authors:
# - they scale normalized frames; here the frames are scaled as bytes, and a pixel is less
#   than a grey level off;
# - the ends of the scale jitter are drawn as often as what is between, with the authors
#   half as often;
# - a long side and the middle and last of three crops are at most a pixel off: the authors
#   round the side down and crop at ceil(room / 2) and room, MMAction2 rounds the side and
#   crops at room // 2 and 2 * (room // 2);
# - they validate on random crops (and, on Kinetics, random clips and flips) as in training,
#   here it is the centre crop. Validation changes nothing in training.
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
