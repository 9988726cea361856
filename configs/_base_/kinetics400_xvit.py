# Kinetics-400 as X-ViT's authors sample and augment it (their slowfast/datasets/kinetics.py
# and decoder.py): 16 frames of 8.5 seconds, AutoAugment, crops of four scales, flip. A
# single test clip begins with the video. Differs from the authors: they read JPEG frames
# from HDF5 files by a decoder that is not public. The one for videos is followed here, but
# that it cuts a clip at the next whole frame and counts from there: at most one frame off.
_base_ = ['kinetics400.py', 'xvit_frames.py']

# At 30 frames a second, 256 frames from the first to the last, whatever the video's rate.
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
