# xvit_k600.py, tested on 2 x 3 views.
_base_ = ['xvit_k600.py']

sample = dict(**_base_.sample, num_clips=2, test_mode=True)
test_pipeline = [_base_.init, sample, *_base_.test_frames]
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))
