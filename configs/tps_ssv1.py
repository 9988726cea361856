# TPS Swin-T, 32 frames of 224 x 224 from as many segments, Something-Something V1,
# 1 x 3 views. Batch 64: tools/dist_train.sh configs/tps_ssv1.py 8
# The data set comes as frames: make videos of them at 12 frames a second. Classes are in
# alphabetical order, as in the authors' lists; in the order of the data set's own file,
# which MMAction2's lists follow, the map is {2: 4, 4: 2, 30: 41, 41: 30, 52: 66, 66: 52}.
_base_ = [
    'mmaction::_base_/default_runtime.py',
    '_base_/tps_swin.py',
    '_base_/uniform_32.py',
]
custom_imports = dict(imports=['projects.xvit'], allow_failed_imports=False)

data_root = 'data/sthv1/videos'
ann_file_train = 'data/sthv1/sthv1_train_list_videos.txt'
ann_file_val = 'data/sthv1/sthv1_val_list_videos.txt'
num_classes = 174

# Left is right in a mirror.
flip_label_map = {86: 87, 87: 86, 93: 94, 94: 93, 166: 167, 167: 166}
train_pipeline = [
    *_base_.before_flip,
    dict(type='Flip', flip_ratio=0.5, flip_label_map=flip_label_map),
    *_base_.after_flip,
]

data = dict(data_prefix=dict(video=data_root), num_classes=num_classes)
train_dataloader = dict(
    dataset=dict(
        **data,
        ann_file=ann_file_train,
        pipeline=train_pipeline,
    )
)
val_dataloader = dict(dataset=dict(**data, ann_file=ann_file_val))
test_dataloader = dict(dataset=dict(**data, ann_file=ann_file_val))

model = dict(cls_head=dict(num_classes=num_classes, label_smooth_eps=0.1))
# What configs/tps_k400.py trained; its classifier does not fit and is left out.
load_from = 'checkpoints/tps_tiny_k400.pth'
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
