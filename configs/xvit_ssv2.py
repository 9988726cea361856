# X-ViT-B/16 on Something-Something V2: 16 frames of 224 x 224, 2 x 3 views (arXiv
# 2106.05968). The authors' file is configs/SSv2/xvit_B16_16x16.yaml. Batch 64:
# tools/dist_train.sh configs/xvit_ssv2.py 8
# The paper's text has other values: learning rate 0.05 for batches of 128, label smoothing
# 0.3. Differs from the authors: during warm-up, the learning rate is up to 3.7 % higher.
_base_ = [
    '_base_/runtime.py',
    '_base_/xvit.py',
    '_base_/sthv2_xvit.py',
]

model = dict(
    backbone=dict(shift_div=4),
    cls_head=dict(num_classes=_base_.num_classes),
)

max_epochs = 35
optim_wrapper = dict(optimizer=dict(weight_decay=1e-4))
# A linear warm-up from 0.003, times a cosine over all epochs.
param_scheduler = [
    dict(type='LinearLR', start_factor=0.1, end=5, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', T_max=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=5)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
