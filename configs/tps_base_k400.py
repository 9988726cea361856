# TPS Swin-B on Kinetics-400, with the stochastic depth of the authors' model file
# swin_base_2D_tps.py. Their recipe for this model is not public, so everything else is
# tps_k400.py's. Batch 64: tools/dist_train.sh configs/tps_base_k400.py 8
_base_ = ['tps_k400.py']

model = dict(
    backbone=dict(
        arch='base',
        drop_path_rate=0.2,
        # ImageNet-21k, then 1k: an assumption.
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmclassification/v0/swin-transformer/'
            'convert/swin_base_patch4_window7_224_22kto1k-f967f799.pth',
        ),
    ),
    cls_head=dict(in_channels=1024),
)
