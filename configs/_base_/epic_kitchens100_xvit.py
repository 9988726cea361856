# EPIC-KITCHENS-100 as X-ViT's authors augment it (arXiv 2106.05968, section 4.1): scale
# jitter, flip, AutoAugment, erasing of the same place in all frames, 1 x 3 views. What the
# paper does not say is as in their Something-Something recipe: uniform segments, here of
# each action, and short sides of 256 to 320.
_base_ = ['epic_kitchens100.py', 'xvit_frames.py']

init = dict(type='SegmentInit')
sample = dict(type='UniformSegmentSample', clip_len=16)
# A challenge submission names the segments.
named = dict(type='PackActionInputs', meta_keys=('img_shape', 'narration_id'))
train_frames = [
    *_base_.augment,
    dict(type='RandomRescale', scale_range=(256, 320)),
    dict(type='RandomCrop', size=224),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='RandomErasing', erase_prob=0.5),
    *_base_.pack,
]
val_frames = [*_base_.val_frames[:-1], named]
test_frames = [*_base_.test_frames[:-1], named]
train_pipeline = [init, sample, *train_frames]
val_pipeline = [init, dict(**sample, test_mode=True), *val_frames]
test_pipeline = [init, dict(**sample, test_mode=True), *test_frames]

train_dataloader = dict(batch_size=16, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=16, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
