# X-ViT-B/16, 8 frames, EPIC-KITCHENS-100 (in the paper 41.5 % of actions, 66.7 % of verbs,
# 53.3 % of nouns).
_base_ = ['xvit_epic.py']
clip_len = 8

model = dict(backbone=dict(num_frames=clip_len))

train_pipeline = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=clip_len),
    *_base_.augment,
]
val_pipeline = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    *_base_.center_crop,
]
test_pipeline = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    *_base_.three_crops,
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
