# X-ViT-B/16, 32 frames of 224 x 224, Something-Something V2 (arXiv 2106.05968, table 6).
# 1 x 3 views, as in the paper. Its own file is not public: all but the frames and the views
# is configs/xvit_ssv2.py's. The paper counts 1,270 GFLOPs for the three views, fewer than
# 32 frames of ViT-B/16 cost, and does not say how.
_base_ = ['xvit_ssv2.py']

model = dict(backbone=dict(num_frames=32))

sample = dict(_base_.sample, clip_len=32)
train_pipeline = [_base_.init, sample, *_base_.train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
