# LoRA on EPIC-KITCHENS-100: 8 frames, 1 x 3 views, verb and noun on one trunk. ZeroI2V has
# no config for this data set. Assumption: lora_ssv2.py's augmentation and schedule, without
# the exchange of labels.
_base_ = ['runtime.py', 'lora.py', 'epic_kitchens100.py', 'timm_frames.py']

model = dict(
    cls_head=dict(
        _delete_=True,
        type='MultiTaskHead',
        trunk=dict(type='FrameAverageHead', dropout_ratio=0.5),
        num_classes=dict(verb=97, noun=300),
        label_smooth_eps=0.1,
        average_clips='prob',
    ),
)

init = dict(type='SegmentInit')
sample = dict(type='UniformSegmentSample', clip_len=8)
# A challenge submission needs the names of the segments.
named = dict(type='PackActionInputs', meta_keys=('img_shape', 'narration_id'))
train_pipeline = [
    init,
    sample,
    dict(type='DecordDecode'),
    *_base_.box,
    dict(type='Flip', flip_ratio=0.5),
    _base_.colours,
    dict(type='RandomErasing', erase_prob=0.25),
    *_base_.pack,
]
val_pipeline = [init, dict(**sample, test_mode=True), *_base_.val_frames[:-1], named]
test_pipeline = [init, dict(**sample, test_mode=True), *_base_.test_frames[:-1], named]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

max_epochs = 50
# A linear warm-up, times a cosine that takes a step each epoch.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=2.5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
