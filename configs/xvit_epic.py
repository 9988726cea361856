# X-ViT-B/16, 16 frames of 224 x 224, EPIC-KITCHENS-100: verb and noun on one trunk (arXiv
# 2106.05968; 44.3 % of actions, 68.7 % of verbs, 56.4 % of nouns there). The authors
# published no code for it: rate, batch, epochs, momentum and label smoothing are the
# paper's, the rest is their configs/SSv2/xvit_B16_16x16.yaml.
# Batch 128: tools/dist_train.sh configs/xvit_epic.py 8
#
# For the challenge, predict the test set:
#   LIST=data/epic/annotations/EPIC_100_test_timestamps.csv
#   tools/dist_test.sh configs/xvit_epic.py CHECKPOINT 8 --cfg-options \
#       test_dataloader.dataset.ann_file=$LIST test_evaluator.submission_file=submission.zip
_base_ = ['mmaction::_base_/default_runtime.py', '_base_/epic_kitchens100.py']
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
        type='MultiTaskHead',
        trunk=dict(type='TemporalAttentionHead', in_channels=768, dropout_ratio=0.5),
        num_classes=dict(verb=97, noun=300),
        label_smooth_eps=0.3,
        average_clips='prob',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

max_epochs = 50
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
)
# Warm-up from a tenth, times a cosine over all epochs.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
auto_scale_lr = dict(enable=False, base_batch_size=128)
default_hooks = dict(checkpoint=dict(interval=1, max_keep_ckpts=3))
