# TPS Swin-L on Kinetics-400, with the stochastic depth of the authors' model file
# swin_large_2D_tps.py. Their recipe for this model is not public, so everything else is
# tps_k400.py's. Batch 64: tools/dist_train.sh configs/tps_large_k400.py 8
_base_ = ['tps_k400.py']

model = dict(
    backbone=dict(
        arch='large',
        drop_path_rate=0.2,
        with_cp=True,
        # ImageNet-21k, then 1k: an assumption.
        init_cfg=dict(
            checkpoint='https://download.openmmlab.com/mmclassification/v0/swin-transformer/'
            'convert/swin_large_patch4_window7_224_22kto1k-5f0996db.pth',
        ),
    ),
    cls_head=dict(in_channels=1536),
)
