# LoRA on Kinetics-400: 8 frames, every 16th, 3 x 1 views. Augmentation and schedule are
# those of ZeroI2V's vit_zero_base_clip_k400_16x8x1.py, which has 16 frames, every 8th.
# Differs: it draws the colours before the crop, and validates on the centre of frames with
# a short side of 256.
_base_ = ['runtime.py', 'lora.py', 'kinetics400.py', 'timm_frames.py']

model = dict(cls_head=dict(num_classes=_base_.num_classes))

sample = dict(type='SampleFrames', clip_len=8, frame_interval=16)
train_pipeline = [
    _base_.init,
    sample,
    dict(type='DecordDecode'),
    *_base_.box,
    dict(type='Flip', flip_ratio=0.5),
    _base_.colours,
    *_base_.pack,
]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
views = dict(**sample, num_clips=3, test_mode=True)
test_pipeline = [_base_.init, views, *_base_.val_frames]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

max_epochs = 40
# A linear warm-up, times a cosine that takes a step each epoch.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=2.5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
