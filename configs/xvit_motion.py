# X-ViT at toy size on the motion data set. The quickstart trains it, in minutes on a CPU.
_base_ = ['_base_/runtime.py', '_base_/motion.py']

model = dict(
    backbone=dict(
        type='XViT',
        arch=dict(embed_dims=64, num_layers=3, num_heads=4, feedforward_channels=256),
        img_size=64,
        patch_size=16,
        num_frames=8,
        # The paper's equations 9-10. At this size, it learns much sooner than across heads.
        mix_per_head=True,
    ),
    cls_head=dict(
        type='TemporalAttentionHead',
        num_classes=8,
        in_channels=64,
        num_heads=4,
        hidden_channels=64,
        dropout_ratio=0.0,
        average_clips='prob',
    ),
)
