# LAPS ViT-B/16 on Kinetics-400, from ImageNet-21k weights: 18 clips on each of 4 GPUs.
_base_ = ['laps_kinetics400.py']

model = dict(
    backbone=dict(
        type='LAPSViT',
        arch='base',
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://github.com/rwightman/pytorch-image-models/releases/'
            'download/v0.1-vitjx/jx_vit_base_patch16_224_in21k-e5005f0a.pth',
        ),
    ),
    data_preprocessor=dict(
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
    ),
)

train_dataloader = dict(batch_size=18)
val_dataloader = dict(batch_size=18)
optim_wrapper = dict(optimizer=dict(lr=0.18))
auto_scale_lr = dict(enable=False, base_batch_size=72)
