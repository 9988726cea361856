# TPS Swin-B on Something-Something V2; stochastic depth as Video Swin-B has it.
_base_ = ['tps_ssv2.py']

model = dict(
    backbone=dict(
        arch='base',
        drop_path_rate=0.3,
    ),
    cls_head=dict(in_channels=1024),
)
load_from = 'checkpoints/tps_base_k400.pth'
