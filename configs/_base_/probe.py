# A frozen image model of timm, and a head that is trained on the features of its frames.
# The features are computed once, in the first run, and kept in work_dirs/features. The
# schedule is that of V-JEPA's attentive probes (configs/evals/vitl16_ssv2_16x2x3.yaml of
# https://github.com/facebookresearch/jepa): AdamW, batches of 256 (64 GPUs, 4 videos each),
# a cosine over 20 epochs. V-JEPA 2 takes the best of 20 rates and decays. Differs: there is
# one feature a frame, not one a patch, because those of all patches of Something-Something
# V2 take 0.8 TB with ViT-B; and one view of a video is trained on, without augmentation.
_base_ = ['runtime.py']

model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='FrozenBackbone',
        backbone=dict(type='TimmVideoViT', pretrained=True, img_size=224, num_frames=8),
    ),
    data_preprocessor=dict(type='ProbePreprocessor', format_shape='NCTHW'),
)
custom_hooks = [dict(type='FeatureCacheHook')]

max_epochs = 20
optim_wrapper = dict(optimizer=dict(type='AdamW', lr=1e-3, weight_decay=0.01))
param_scheduler = [
    dict(type='CosineAnnealingLR', T_max=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=max_epochs, val_interval=1)
auto_scale_lr = dict(enable=False, base_batch_size=256)
default_hooks = dict(checkpoint=dict(max_keep_ckpts=3))
