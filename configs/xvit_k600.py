# X-ViT-B/16 on Kinetics-600: Kinetics-400's recipe with other lists and 1 x 3 views. The
# authors' file is configs/Kinetics/xvit_B16_16x16_k600.yaml. Batch 64:
# tools/dist_train.sh configs/xvit_k600.py 8
_base_ = ['xvit_k400.py']

num_classes = 600
data = dict(data_root='data/kinetics600', num_classes=num_classes)
val_data = dict(**data, ann_file='kinetics600_val_list_videos.txt')
train_dataloader = dict(
    dataset=dict(**data, ann_file='kinetics600_train_list_videos.txt'),
)
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)

model = dict(
    cls_head=dict(num_classes=num_classes),
    data_preprocessor=dict(blending=dict(num_classes=num_classes)),
)
