# TPS Swin-T, 32 frames of 224 x 224 from as many segments, Something-Something V2,
# 1 x 3 views (the authors' configs/recognition/tps/swin_tiny_2D_patch244_tps_sthv2_1k.py).
# It starts from what configs/tps_k400.py trained, which is an assumption: their README says
# "pre-trained video models". Batch 64:
#   tools/dist_train.sh configs/tps_k400.py 8
#   tools/dist_train.sh configs/tps_ssv2.py 8
_base_ = [
    '_base_/runtime.py',
    '_base_/tps_swin.py',
    '_base_/sthv2.py',
    '_base_/uniform_32.py',
]

# The classes of left and right are never flipped.
train_pipeline = [
    *_base_.before_flip,
    dict(type='LabelAwareFlip', flip_ratio=0.5, fixed_labels=tuple(_base_.flip_label_map)),
    *_base_.after_flip,
]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))

model = dict(cls_head=dict(num_classes=_base_.num_classes, label_smooth_eps=0.1))
# Its classifier does not fit and is left out.
load_from = 'work_dirs/tps_k400/epoch_30.pth'
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
