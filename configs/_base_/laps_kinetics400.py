# LAPS's recipe on Kinetics-400 (https://github.com/VideoNetworks/LAPS-transformer,
# main_tokshift.py, data/kinetics.py and config/custom/k400): 8 frames from a window of 64
# at 224 x 224, random colour changes, SGD with gradients accumulated over 10 iterations,
# and 10 x 3 views for testing. Differs from the authors:
# - Their decoder starts a clip of an mp4 file at the next whole frame. Frames differ by at
#   most one.
# - They resize normalized frames. Here frames are resized as bytes, and a pixel differs by
#   less than one grey level.
# - They draw the two ends of the scale range half as often as other sizes. Here all are
#   equally likely.
# - The long side, and the middle and last of three crops, differ by at most one pixel. The
#   authors round the side down and crop at ceil(room / 2) and room. MMAction2 rounds the
#   side and crops at room // 2 and 2 * (room // 2).
# - They validate on the 1 x 3 views of testing. Here validation uses the centre crop of one
#   clip.
# - At the end of an epoch, fewer than 10 iterations may be left. The authors make a step of
#   these alone. Here they count towards the first step of the next epoch.
_base_ = ['kinetics400.py']

model = dict(
    type='Recognizer3D',
    cls_head=dict(
        type='FrameAverageHead',
        num_classes=_base_.num_classes,
        in_channels=768,
        label_smooth_eps=0.1,
        # The authors sum the views' logits. This is the mean, which ranks classes the same.
        average_clips='score',
    ),
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
)

init = dict(type='DecordInit')
sample = dict(type='LinspaceSampleFrames', clip_len=8, frame_interval=8)
decode = dict(type='DecordDecode')
color = dict(type='ClipColorJitter', prob=0.1)
pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs'),
]
train_clip = [init, sample, decode, color]
val_clip = [init, dict(**sample, test_mode=True), decode]
test_clip = [init, dict(**sample, num_clips=10, test_mode=True), decode]
train_pipeline = [
    *train_clip,
    dict(type='RandomRescale', scale_range=(224, 360)),
    dict(type='RandomCrop', size=224),
    dict(type='Flip', flip_ratio=0.5),
    *pack,
]
val_pipeline = [
    *val_clip,
    dict(type='Resize', scale=(-1, 224)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]
test_pipeline = [
    *test_clip,
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]
train_dataloader = dict(drop_last=True, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

optim_wrapper = dict(
    optimizer=dict(type='SGD', momentum=0.9, weight_decay=0.0),
    accumulative_counts=10,
    clip_grad=dict(max_norm=1.0),
)
param_scheduler = [dict(type='MultiStepLR', milestones=[10, 15], gamma=0.1)]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=18, val_interval=1)
