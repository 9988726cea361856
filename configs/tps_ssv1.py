# TPS Swin-T on Something-Something V1: V2's recipe and classes on other lists (the authors'
# configs/recognition/tps/swin_tiny_2D_patch244_tps_sthv1_1k.py). Batch 64:
#   tools/dist_train.sh configs/tps_k400.py 8
#   tools/dist_train.sh configs/tps_ssv1.py 8
# The data set comes as frames: make videos of them at 12 frames a second.
# Differs from the authors: their file names V2's six numbers as classes that are never
# flipped, 86, 87, 93, 94, 166 and 167. Here every class is flipped half of the time, and
# those of left and right exchange their labels, which is right in a mirror. The map below
# is for lists whose classes are in alphabetical order, which give V1's six classes V2's
# numbers; tools/data/prepare_dataset.py writes them so. In the order of the data set's own
# file, which MMAction2's lists follow, the authors' six are other classes, and the map is
# {2: 4, 4: 2, 30: 41, 41: 30, 52: 66, 66: 52}.
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
