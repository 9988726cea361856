# LAPS Visformer-S on Kinetics-400, 32 frames from a window of 256, at 320 x 320: 4 clips on
# each of 4 GPUs.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']

model = dict(
    backbone=dict(
        img_size=320,
        num_frames=32,
        leap_levels=((1, 2, 3, 4), (5, 1, 2, 3)),
    ),
    # At most 6 of the 30 views at once, to limit memory. This needs one video at a time, in
    # validation too.
    test_cfg=dict(max_testing_views=6),
)

sample = dict(_base_.sample, clip_len=32)
train_pipeline = [
    _base_.init,
    sample,
    _base_.decode,
    _base_.color,
    dict(type='RandomRescale', scale_range=(320, 480)),
    dict(type='RandomCrop', size=320),
    dict(type='Flip', flip_ratio=0.5),
    *_base_.pack,
]
val_pipeline = [
    _base_.init,
    dict(**sample, test_mode=True),
    _base_.decode,
    dict(type='Resize', scale=(-1, 320)),
    dict(type='CenterCrop', crop_size=320),
    *_base_.pack,
]
test_pipeline = [
    _base_.init,
    dict(**sample, num_clips=10, test_mode=True),
    _base_.decode,
    dict(type='Resize', scale=(-1, 320)),
    dict(type='ThreeCrop', crop_size=320),
    *_base_.pack,
]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=1, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

optim_wrapper = dict(optimizer=dict(lr=0.036))
auto_scale_lr = dict(base_batch_size=16)
custom_hooks = [
    dict(type='mmpretrain.PreciseBNHook', num_samples=200 * 16, priority='ABOVE_NORMAL')
]
