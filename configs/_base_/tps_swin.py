# TPS's model and recipe (arXiv 2207.13259; the authors' configs/recognition/tps and
# configs/_base_/models/swin): 30 epochs, batches of 64, and a tenth of the learning rate
# for the backbone.
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='TPSSwin',
        arch='tiny',
        img_size=224,
        num_frames=32,
        patch_size=(2, 4, 4),
        window_size=7,
        shift_pattern='official',
        channel_shift_div=8,
        temporal_bias='official',
        drop_path_rate=0.1,
    ),
    cls_head=dict(
        type='I3DHead',
        num_classes=400,
        in_channels=768,
        dropout_ratio=0.5,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
        format_shape='NCTHW',
    ),
)

max_epochs = 30
# Of the keys in a parameter's name, only the longest counts. So the bias tables learn at
# the full rate without weight decay, and the backbone's norms learn at a tenth of it with
# weight decay.
optim_wrapper = dict(
    type='AmpOptimWrapper',
    optimizer=dict(type='AdamW', lr=1e-3, betas=(0.9, 0.999), weight_decay=0.02),
    paramwise_cfg=dict(
        custom_keys=dict(
            absolute_pos_embed=dict(decay_mult=0.0),
            relative_position_bias_table=dict(decay_mult=0.0),
            norm=dict(decay_mult=0.0),
            backbone=dict(lr_mult=0.1),
        )
    ),
)
# A linear warm-up from a tenth over 2.5 epochs, times a cosine that changes once per epoch.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=2.5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
auto_scale_lr = dict(enable=False, base_batch_size=64)
