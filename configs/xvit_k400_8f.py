# X-ViT-B/16 on Kinetics-400: 8 frames of 224 x 224, 1 x 3 views (arXiv 2106.05968,
# table 5). The authors' file for it is not public. Assumption: the frames are twice as far
# apart, and everything else is xvit_k400.py's.
_base_ = ['xvit_k400.py']

model = dict(backbone=dict(num_frames=8))

sample = dict(_base_.sample, clip_len=8, frame_interval=32)
train_pipeline = [_base_.init, sample, *_base_.train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
