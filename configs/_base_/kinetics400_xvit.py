# Kinetics-400 as X-ViT's authors sample and augment it (their slowfast/datasets/kinetics.py
# and decoder.py): 16 frames from 8.5 seconds, AutoAugment, crops of four scales, flip. A
# single test clip starts at the start of the video. Differs from the authors: they read
# JPEG frames from HDF5 files, with a decoder that is not public. This follows their decoder
# for videos. Theirs starts a clip at the next whole frame, so frames differ by at most one.
_base_ = ['kinetics400.py', 'xvit_frames.py']

# From the first to the last frame, a clip covers 256 frames at 30 frames per second, for
# any frame rate of the video.
sample = dict(
    type='LinspaceSampleFrames',
    clip_len=16,
    frame_interval=16,
    target_fps=30,
    out_of_bound_opt='repeat_last',
)
train_frames = [
    *_base_.augment,
    dict(
        type='MultiScaleCrop',
        input_size=224,
        scales=(1, 0.875, 0.75, 0.66),
        max_wh_scale_gap=1,
        num_fixed_crops=13,
    ),
    dict(type='PillowResize', scale=(224, 224), keep_ratio=False),
    dict(type='Flip', flip_ratio=0.5),
    *_base_.pack,
]
train_pipeline = [_base_.init, sample, *train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
# 1 temporal x 3 spatial views.
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
