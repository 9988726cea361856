# EPIC-KITCHENS-100: the official CSV files, and the untrimmed videos where the official
# downloader puts them. For videos in one folder set video_template='{video_id}.MP4', for
# clips cut out one for each action '{narration_id}.mp4'. To train from untrimmed videos,
# scale them down first, to a short side of 256 say: each sample reads all of its video's
# file for the index of frames, of which many are gigabytes as downloaded.
#
# The pipelines are the paper's (arXiv 2106.05968, section 4.1): scale jitter, flip,
# AutoAugment, erasing of the same place in all frames, 1 x 3 views. Where it is silent,
# they are those of the authors' Something-Something recipe: uniform segments, 256 to 320.
dataset_type = 'EpicKitchensDataset'
data_root = 'data/epic'
ann_file_train = 'data/epic/annotations/EPIC_100_train.csv'
ann_file_val = 'data/epic/annotations/EPIC_100_validation.csv'
video_template = '{participant_id}/videos/{video_id}.MP4'
clip_len = 16

pack = [
    dict(type='FormatShape', input_format='NCTHW'),
    dict(type='PackActionInputs', meta_keys=('img_shape', 'narration_id')),
]
augment = [
    dict(type='DecordDecode'),
    dict(type='TorchVisionWrapper', op='AutoAugment', fill=[127.5] * 3),
    dict(type='RandomRescale', scale_range=(256, 320)),
    dict(type='RandomCrop', size=224),
    dict(type='Flip', flip_ratio=0.5),
    dict(type='RandomErasing', erase_prob=0.5),
    *pack,
]
center_crop = [
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='CenterCrop', crop_size=224),
    *pack,
]
three_crops = [
    dict(type='DecordDecode'),
    dict(type='Resize', scale=(-1, 224)),
    dict(type='ThreeCrop', crop_size=224),
    *pack,
]
train_pipeline = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=clip_len),
    *augment,
]
val_pipeline = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    *center_crop,
]
test_pipeline = [
    dict(type='SegmentInit'),
    dict(type='UniformSample', clip_len=clip_len, test_mode=True),
    *three_crops,
]

dataset = dict(
    type=dataset_type,
    data_prefix=dict(video=data_root),
    video_template=video_template,
)
loader = dict(num_workers=8, persistent_workers=True)
train_dataloader = dict(
    **loader,
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=True),
    dataset=dict(**dataset, ann_file=ann_file_train, pipeline=train_pipeline),
)
val_dataloader = dict(
    **loader,
    batch_size=16,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, ann_file=ann_file_val, pipeline=val_pipeline, test_mode=True),
)
test_dataloader = dict(
    **loader,
    batch_size=1,
    sampler=dict(type='DefaultSampler', shuffle=False),
    dataset=dict(**dataset, ann_file=ann_file_val, pipeline=test_pipeline, test_mode=True),
)
val_evaluator = dict(type='EpicMetric')
test_evaluator = val_evaluator
