# Something-Something V2 as X-ViT's authors sample and augment it (their
# slowfast/datasets/ssv2.py): uniform segments, no flip, AutoAugment, scale jitter, and the
# same erasing on all frames, with the area and aspect ratio of the paper. Differs from the
# authors: they erase to 0 after normalization, which is a pixel value of 127.5; here it is
# 128. A rectangle that is longer than the frame (0.5 % of them) is cut off here; theirs is
# drawn again.
_base_ = ['sthv2.py', 'xvit_frames.py']

sample = dict(type='UniformSegmentSample', clip_len=16)
train_frames = [
    *_base_.augment,
    dict(type='RandomRescale', scale_range=(256, 320)),
    dict(type='RandomCrop', size=224),
    dict(type='RandomErasing', erase_prob=0.5),
    *_base_.pack,
]
train_pipeline = [_base_.init, sample, *train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
# 2 temporal x 3 spatial views.
views = dict(**sample, num_clips=2, test_mode=True)
test_pipeline = [_base_.init, views, *_base_.test_frames]

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
