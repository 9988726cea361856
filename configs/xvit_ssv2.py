# X-ViT-B/16, 16 frames of 224 x 224, Something-Something V2 (arXiv 2106.05968; the authors'
# configs/SSv2/xvit_B16_16x16.yaml). Batch 64: tools/dist_train.sh configs/xvit_ssv2.py 8
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/sthv2_xvit.py']
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='XViT',
        arch='base',
        img_size=224,
        patch_size=16,
        num_frames=16,
        window=1,
        shift_div=4,
        # ImageNet-21k, as the authors; XViT knows timm's names.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://github.com/rwightman/pytorch-image-models/releases/download/'
            'v0.1-vitjx/jx_vit_base_patch16_224_in21k-e5005f0a.pth',
        ),
    ),
    cls_head=dict(
        type='TemporalAttentionHead',
        num_classes=174,
        in_channels=768,
        dropout_ratio=0.5,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

max_epochs = 35
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4, nesterov=True)
)
# Warm-up from 0.003, times a cosine over all epochs.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=64)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=3))
