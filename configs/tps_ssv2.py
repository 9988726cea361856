# TPS Swin-T on Something-Something V2: 32 frames of 224 x 224, one from each of 32
# segments, and 1 x 3 views. The authors' file is
# configs/recognition/tps/swin_tiny_2D_patch244_tps_sthv2_1k.py. Assumption: training starts
# from the model of tps_k400.py. Their README only says "pre-trained video models".
# Batch 64:
#   tools/dist_train.sh configs/tps_k400.py 8
#   tools/dist_train.sh configs/tps_ssv2.py 8
_base_ = [
    '_base_/runtime.py',
    '_base_/tps_swin.py',
    '_base_/sthv2.py',
    '_base_/uniform_32.py',
]

# Left-right classes are never flipped.
train_pipeline = [
    *_base_.before_flip,
    dict(type='LabelAwareFlip', flip_ratio=0.5, fixed_labels=tuple(_base_.flip_label_map)),
    *_base_.after_flip,
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))

model = dict(cls_head=dict(num_classes=_base_.num_classes, label_smooth_eps=0.1))
# Its classifier has another size and is left out.
load_from = 'work_dirs/tps_k400/epoch_30.pth'
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
