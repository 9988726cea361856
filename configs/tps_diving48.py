# TPS Swin-T, 32 frames of 224 x 224 from as many segments, Diving48 (V2 labels),
# 1 x 3 views. Batch 64: tools/dist_train.sh configs/tps_diving48.py 8
_base_ = [
    'mmaction::_base_/default_runtime.py',
    '_base_/tps_swin.py',
    '_base_/uniform_32.py',
]
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

data_root = 'data/diving48/videos'
ann_file_train = 'data/diving48/diving48_train_list_videos.txt'
ann_file_val = 'data/diving48/diving48_val_list_videos.txt'
num_classes = 48

data = dict(data_prefix=dict(video=data_root), num_classes=num_classes)
train_dataloader = dict(
    dataset=dict(
        **data,
        ann_file=ann_file_train,
    )
)
val_dataloader = dict(dataset=dict(**data, ann_file=ann_file_val))
test_dataloader = dict(dataset=dict(**data, ann_file=ann_file_val))

model = dict(cls_head=dict(num_classes=num_classes, label_smooth_eps=0.02))
# What configs/tps_k400.py trained; its classifier does not fit and is left out.
load_from = 'checkpoints/tps_tiny_k400.pth'
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
