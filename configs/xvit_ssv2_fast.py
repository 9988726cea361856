# xvit_ssv2.py with training clips that take less CPU time, for data loaders that do not
# keep up with the GPUs (tools/data/README.md, "Make loading faster"). Its accuracy was not
# measured. Differs from xvit_ssv2.py, in training only: OpenCV shears, translates and
# rotates and not Pillow. Values differ a little.
_base_ = ['xvit_ssv2.py']

train_pipeline = [
    _base_.init,
    _base_.sample,
    *[
        dict(step, backend='cv2') if step['type'] == 'ClipAutoAugment' else step
        for step in _base_.train_frames
    ],
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
