# Loaders for lists of videos. A data set adds its lists, folders and number of classes; a
# recipe adds its pipelines and batch sizes.
loader = dict(num_workers=8, persistent_workers=True)
# The library that decodes videos: 'torchcodec', 'decord' or 'pyav'. 'auto' is the first of
# them that can be imported, and the log says which. tools/data/README.md says on which
# files their frames differ. The environment variable XVIT_DECODER sets it for all of them.
decoder = '{{$XVIT_DECODER:auto}}'
# The folder or URL of shards, from tools/data/make_shards.py, with the videos of all lists.
# If None, videos are files. The environment variable XVIT_SHARDS sets it for all data sets;
# train_dataloader.dataset.shards and so on set it for one.
shards = None if '{{$XVIT_SHARDS:none}}' == 'none' else '{{$XVIT_SHARDS:none}}'
train_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(type='CheckedVideoDataset', decoder=decoder, shards=shards),
)
val_dataloader = dict(
    **loader,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(
        type='CheckedVideoDataset', decoder=decoder, shards=shards, test_mode=True
    ),
)
test_dataloader = dict(batch_size=1, **val_dataloader)
val_evaluator = dict(type='AccMetric')
test_evaluator = val_evaluator
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
