# Something-Something V2 as videos, in MMAction2's folder layout.
_base_ = ['videos.py']

num_classes = 174
# In a mirror, left becomes right: the class that each left-right class turns into.
flip_label_map = {86: 87, 87: 86, 93: 94, 94: 93, 166: 167, 167: 166}
data = dict(
    data_root='data/sthv2',
    data_prefix=dict(video='videos'),
    num_classes=num_classes,
)
val_data = dict(**data, ann_file='sthv2_val_list_videos.txt')
train_dataloader = dict(dataset=dict(**data, ann_file='sthv2_train_list_videos.txt'))
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
