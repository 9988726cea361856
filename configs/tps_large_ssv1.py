# TPS Swin-L on Something-Something V1, with the stochastic depth of the authors' model file
# swin_large_2D_tps.py. Their recipe for this model is not public, so everything else is
# tps_ssv1.py's. Batch 64:
#   tools/dist_train.sh configs/tps_large_k400.py 8
#   tools/dist_train.sh configs/tps_large_ssv1.py 8
_base_ = ['tps_ssv1.py']

model = dict(
    backbone=dict(
        arch='large',
        drop_path_rate=0.2,
        with_cp=True,
    ),
    cls_head=dict(in_channels=1536),
)
load_from = 'work_dirs/tps_large_k400/epoch_30.pth'
