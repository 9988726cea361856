# TPS Swin-T on Something-Something V1: V2's recipe and classes with V1's lists. The
# authors' file is configs/recognition/tps/swin_tiny_2D_patch244_tps_sthv1_1k.py. Batch 64:
#   tools/dist_train.sh configs/tps_k400.py 8
#   tools/dist_train.sh configs/tps_ssv1.py 8
# The data set comes as frames. Convert them to videos of 12 frames per second first.
#
# Differs from the authors: they never flip classes 86, 87, 93, 94, 166 and 167, which are
# V2's left-right classes. Here every class is flipped half of the time, and left-right
# classes exchange their labels, as in a mirror.
#
# The flip_label_map fits lists with the classes in alphabetical order, as
# tools/data/prepare_dataset.py writes them: V1's six classes then have V2's numbers.
# MMAction2's own lists follow the data set's file. There the authors' six numbers are other
# classes, and the map is {2: 4, 4: 2, 30: 41, 41: 30, 52: 66, 66: 52}.
_base_ = ['tps_ssv2.py']

train_pipeline = [
    *_base_.before_flip,
    dict(type='Flip', flip_ratio=0.5, flip_label_map=_base_.flip_label_map),
    *_base_.after_flip,
]
val_data = dict(data_root='data/sthv1', ann_file='sthv1_val_list_videos.txt')
train_dataloader = dict(
    dataset=dict(
        data_root='data/sthv1',
        ann_file='sthv1_train_list_videos.txt',
        pipeline=train_pipeline,
    ),
)
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
