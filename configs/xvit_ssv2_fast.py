# xvit_ssv2.py with training clips that take less CPU time, for data loaders that do not
# keep up with the GPUs (tools/data/README.md, "Make loading faster"). Its accuracy was not
# measured. Differs from xvit_ssv2.py, in training only:
# - AutoAugment acts on the crop and not on the whole frame. What a shear, translation or
#   rotation moves into the crop from outside it is grey, where it would be part of the
#   frame. Histograms are equalized over the crop.
# - OpenCV shears, translates and rotates and not Pillow. Values differ a little.
_base_ = ['xvit_ssv2.py']

train_pipeline = [
    _base_.init,
    _base_.sample,
    dict(type='DecordDecode'),
    dict(type='RandomRescale', scale_range=(256, 320)),
    dict(type='RandomCrop', size=224),
    dict(type='ClipAutoAugment', policy='v0', fill=128, backend='cv2'),
    dict(type='RandomErasing', erase_prob=0.5),
    *_base_.pack,
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
