# LAPS Visformer-S on Kinetics-400: 40 clips on each of 4 GPUs. That the authors had 4 is an
# assumption. Differs from the authors: training starts from timm's ImageNet-1k weights,
# theirs from ImageNet-10k; PreciseBNHook averages over the clips of all GPUs, theirs over
# those of one GPU.
_base_ = ['laps_kinetics400.py']

model = dict(
    backbone=dict(
        type='LAPSVisformer',
        arch='small',
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://github.com/rwightman/pytorch-image-models/releases/'
            'download/v0.1-vt3p-weights/visformer_small-839e1f5b.pth',
        ),
    ),
    data_preprocessor=dict(
        # 0.486, 0.457 and 0.407, as in the authors' config: 0.001 above ImageNet's.
        mean=[123.93, 116.535, 103.785],
        std=[58.395, 57.12, 57.375],
    ),
)

train_dataloader = dict(batch_size=40)
val_dataloader = dict(batch_size=40)
optim_wrapper = dict(optimizer=dict(lr=0.2))
auto_scale_lr = dict(enable=False, base_batch_size=160)
# After each epoch, the BatchNorm statistics are computed again from the clips of 200
# iterations.
custom_hooks = [
    dict(type='mmpretrain.PreciseBNHook', num_samples=200 * 160, priority='ABOVE_NORMAL')
]
