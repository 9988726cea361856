# X-ViT-B/16 on Something-Something V2: 32 frames of 224 x 224, 1 x 3 views as in the paper
# (arXiv 2106.05968, table 6). The authors' file for it is not public, so everything but
# frames and views is xvit_ssv2.py's. The paper counts 1,270 GFLOPs for the three views.
# That is less than ViT-B/16 needs for 32 frames, and the paper does not explain it.
_base_ = ['xvit_ssv2.py']

model = dict(backbone=dict(num_frames=32))

sample = dict(_base_.sample, clip_len=32)
train_pipeline = [_base_.init, sample, *_base_.train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
