# Kinetics-400 as videos, in MMAction2's folder layout.
_base_ = ['videos.py']

num_classes = 400
train_data = dict(
    data_root='data/kinetics400',
    ann_file='kinetics400_train_list_videos.txt',
    data_prefix=dict(video='videos_train'),
    num_classes=num_classes,
)
val_data = dict(
    data_root='data/kinetics400',
    ann_file='kinetics400_val_list_videos.txt',
    data_prefix=dict(video='videos_val'),
    num_classes=num_classes,
)
train_dataloader = dict(dataset=train_data)
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
