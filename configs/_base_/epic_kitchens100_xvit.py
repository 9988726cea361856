# EPIC-KITCHENS-100 with the augmentation of X-ViT's paper (arXiv 2106.05968, section 4.1):
# random scaling by 0.9 to 1.3, random crop, flip, AutoAugment, random erasing, 1 x 3 views.
# The authors published no code for it. Assumptions:
# - the scaling is relative to a short side of 256, which gives 230 to 333;
# - as in their Something-Something code, frames are drawn from uniform segments of each
#   action, and the same place is erased in all of them.
_base_ = ['epic_kitchens100.py', 'xvit_frames.py']

init = dict(type='SegmentInit')
sample = dict(type='UniformSegmentSample', clip_len=16)
# A challenge submission needs the names of the segments.
named = dict(type='PackActionInputs', meta_keys=('img_shape', 'narration_id'))
train_frames = [
    *_base_.augment,
    dict(type='RandomRescale', scale_range=(230, 333)),
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
