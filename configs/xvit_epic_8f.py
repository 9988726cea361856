# X-ViT-B/16 on EPIC-KITCHENS-100 with 8 frames (arXiv 2106.05968, table 7). Everything but
# the number of frames is xvit_epic.py's.
_base_ = ['xvit_epic.py']

model = dict(backbone=dict(num_frames=8))

sample = dict(_base_.sample, clip_len=8)
train_pipeline = [_base_.init, sample, *_base_.train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
