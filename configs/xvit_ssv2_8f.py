# X-ViT-B/16, 8 frames of 224 x 224, Something-Something V2 (arXiv 2106.05968, table 6).
# The paper's model, 1 x 3 views, which its ablations vary (configs/xvit_ablation_*.py). Its
# own file is not public: all but the frames and the views is configs/xvit_ssv2.py's.
_base_ = ['xvit_ssv2.py']

model = dict(backbone=dict(num_frames=8))

sample = dict(_base_.sample, clip_len=8)
train_pipeline = [_base_.init, sample, *_base_.train_frames]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
