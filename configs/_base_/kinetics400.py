# Kinetics-400 as videos, laid out as MMAction2's tools/data/kinetics leaves it. A config
# over this one adds the pipelines.
dataset_type = 'CheckedVideoDataset'
data_root = 'data/kinetics400'
num_classes = 400

dataset = dict(type=dataset_type, data_root=data_root, num_classes=num_classes)
train_dataset = dict(
    **dataset,
    ann_file='kinetics400_train_list_videos.txt',
    data_prefix=dict(video='videos_train'),
)
val_dataset = dict(
    **dataset,
    ann_file='kinetics400_val_list_videos.txt',
    data_prefix=dict(video='videos_val'),
    test_mode=True,
)
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=train_dataset,
)
val_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=val_dataset,
)
test_dataloader = dict(
    **loader,
    batch_size=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=val_dataset,
)
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
