# X-ViT-B/16 on Kinetics-400: 16 frames of 224 x 224, 1 x 3 views (arXiv 2106.05968). The
# authors' file is configs/Kinetics/xvit_B16_16x16_k400.yaml. Batch 64:
# tools/dist_train.sh configs/xvit_k400.py 8
# Differs from the authors: during warm-up, the learning rate is up to 3.5 % higher.
_base_ = [
    '_base_/runtime.py',
    '_base_/xvit.py',
    '_base_/kinetics400_xvit.py',
]

model = dict(
    backbone=dict(shift_div=8, mix_span=8),
    # The head smooths mixed targets: the same loss as the authors' mix of smoothed losses.
    cls_head=dict(num_classes=_base_.num_classes, label_smooth_eps=0.3),
    data_preprocessor=dict(
        blending=dict(type='MixupBlending', num_classes=_base_.num_classes, alpha=0.4)
    ),
)

max_epochs = 30
optim_wrapper = dict(optimizer=dict(weight_decay=1e-5))
# A linear warm-up from 0.01, times a cosine over all epochs.
param_scheduler = [
    dict(type='LinearLR', start_factor=1 / 3, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
