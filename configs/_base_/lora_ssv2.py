# LoRA on Something-Something V2: 8 frames, 1 x 3 views. Augmentation and schedule are those
# of ZeroI2V's vit_zero_base_clip_sthv2_u16.py, which has 16 frames. Differs: it validates
# on the centre of frames with a short side of 256.
_base_ = ['runtime.py', 'lora.py', 'sthv2.py', 'timm_frames.py']

# One head of each layer from the last frame, one from the next, one from two frames ago.
moves = [
    [
        dict(
            type='ChannelShift',
            at='keys_values',
            offsets=(-1, 1, -2),
            div='heads',
            edge='keep',
        )
    ]
]
model = dict(
    backbone=dict(backbone=dict(moves=moves)),
    cls_head=dict(num_classes=_base_.num_classes, label_smooth_eps=0.1),
)

sample = dict(type='UniformSegmentSample', clip_len=8)
train_pipeline = [
    _base_.init,
    sample,
    dict(type='DecordDecode'),
    *_base_.box,
    dict(type='Flip', flip_ratio=0.5, flip_label_map=_base_.flip_label_map),
    _base_.colours,
    dict(type='RandomErasing', erase_prob=0.25),
    *_base_.pack,
]
val_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.val_frames]
test_pipeline = [_base_.init, dict(**sample, test_mode=True), *_base_.test_frames]
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
