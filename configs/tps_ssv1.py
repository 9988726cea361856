# TPS Swin-T on Something-Something V1: V2's recipe and classes on other lists.
# The data set comes as frames: make videos of them at 12 frames a second. Classes are in
# alphabetical order, as in the authors' lists; in the order of the data set's own file,
# which MMAction2's lists follow, the map is {2: 4, 4: 2, 30: 41, 41: 30, 52: 66, 66: 52}.
_base_ = ['tps_ssv2.py']

val_data = dict(data_root='data/sthv1', ann_file='sthv1_val_list_videos.txt')
train_dataloader = dict(
    dataset=dict(data_root='data/sthv1', ann_file='sthv1_train_list_videos.txt'),
)
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
