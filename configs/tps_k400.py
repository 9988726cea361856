# TPS Swin-T on Kinetics-400: 32 frames of 224 x 224, every second one, and 4 x 3 views. The
# authors' file is configs/recognition/tps/swin_tiny_2D_patch244_tps_k400_1k.py. Batch 64:
# tools/dist_train.sh configs/tps_k400.py 8
_base_ = [
    '_base_/runtime.py',
    '_base_/tps_swin.py',
    '_base_/kinetics400_32x2.py',
]

model = dict(
    backbone=dict(
        # ImageNet-1k, inflated on loading.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://download.openmmlab.com/mmclassification/v0/swin-transformer/'
            'convert/swin_tiny_patch4_window7_224-160bb0a5.pth',
            prefix='backbone.',
        ),
    ),
)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
