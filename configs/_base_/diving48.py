# Diving48 as videos, with the V2 labels.
_base_ = ['videos.py']

num_classes = 48
data = dict(
    data_root='data/diving48',
    data_prefix=dict(video='videos'),
    num_classes=num_classes,
)
val_data = dict(**data, ann_file='diving48_val_list_videos.txt')
train_dataloader = dict(dataset=dict(**data, ann_file='diving48_train_list_videos.txt'))
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
