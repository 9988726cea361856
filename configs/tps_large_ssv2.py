# TPS Swin-L on Something-Something V2; stochastic depth as Video Swin-L has it.
_base_ = ['tps_ssv2.py']

model = dict(
    backbone=dict(
        arch='large',
        drop_path_rate=0.4,
        with_cp=True,
    ),
    cls_head=dict(in_channels=1536),
)
load_from = 'checkpoints/tps_large_k400.pth'
