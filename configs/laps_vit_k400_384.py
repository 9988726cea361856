# LAPS ViT-B/16 on Kinetics-400, 8 frames at 384 x 384: 3 clips on each of 4 GPUs.
_base_ = ['_base_/runtime.py', '_base_/laps_vit.py']

model = dict(
    backbone=dict(
        img_size=384,
        init_cfg=dict(
            checkpoint='https://github.com/rwightman/pytorch-image-models/releases/'
            'download/v0.1-vitjx/jx_vit_base_p16_384-83fb41ba.pth',
        ),
    )
)

train_pipeline = [
    *_base_.train_clip,
    dict(type='RandomRescale', scale_range=(384, 512)),
    dict(type='RandomCrop', size=384),
    dict(type='Flip', flip_ratio=0.5),
    *_base_.pack,
]
val_pipeline = [
    *_base_.val_clip,
    dict(type='Resize', scale=(-1, 384)),
    dict(type='CenterCrop', crop_size=384),
    *_base_.pack,
]
test_pipeline = [
    *_base_.test_clip,
    dict(type='Resize', scale=(-1, 384)),
    dict(type='ThreeCrop', crop_size=384),
    *_base_.pack,
]
train_dataloader = dict(batch_size=3, dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(batch_size=3, dataset=dict(pipeline=val_pipeline))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline))

optim_wrapper = dict(optimizer=dict(lr=0.03))
auto_scale_lr = dict(base_batch_size=12)
