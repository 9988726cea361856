# EPIC-KITCHENS-100: the official CSV files, and the untrimmed videos where the official
# downloader puts them. For videos in one folder, set video_template='{video_id}.MP4'. For
# one clip per action, set '{narration_id}.mp4'. To train from untrimmed videos, scale them
# down first, for example to a short side of 256: to find its frames, each sample reads its
# whole video file, and many of the downloaded files are gigabytes.
_base_ = ['videos.py']

data = dict(
    type='EpicKitchensDataset',
    data_root='data/epic',
    data_prefix=dict(video=''),
    video_template='{participant_id}/videos/{video_id}.MP4',
)
val_data = dict(**data, ann_file='annotations/EPIC_100_validation.csv')
train_dataloader = dict(dataset=dict(**data, ann_file='annotations/EPIC_100_train.csv'))
val_dataloader = dict(dataset=val_data)
test_dataloader = dict(dataset=val_data)
val_evaluator = dict(type='EpicMetric')
test_evaluator = val_evaluator
