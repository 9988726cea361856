# TPS Swin-T, 32 frames of 224 x 224 from as many segments, Diving48 (V2 labels), 1 x 3
# views (the authors' configs/recognition/tps/swin_tiny_2D_patch244_tps_diving48_1k.py).
# Assumed, since neither it nor their README says so: it starts from what
# configs/tps_k400.py trained, as on Something-Something. Batch 64:
#   tools/dist_train.sh configs/tps_k400.py 8
#   tools/dist_train.sh configs/tps_diving48.py 8
_base_ = [
    '_base_/runtime.py',
    '_base_/tps_swin.py',
    '_base_/diving48.py',
    '_base_/uniform_32.py',
]

train_dataloader = dict(batch_size=8, dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(batch_size=8, dataset=dict(pipeline=_base_.val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))

model = dict(cls_head=dict(num_classes=_base_.num_classes, label_smooth_eps=0.02))
# Its classifier does not fit and is left out.
load_from = 'work_dirs/tps_k400/epoch_30.pth'
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
