# X-ViT-B/16, and what its authors' published recipes share: SGD with batches of 64, 8 clips
# on each of 8 GPUs (https://github.com/1adrianb/video-transformers, configs/ and
# slowfast/config/defaults.py).
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='XViT',
        arch='base',
        img_size=224,
        patch_size=16,
        num_frames=16,
        window=1,
        # For every clip length: the authors tile these 8 entries along the clip.
        temporal_embed_frames=8,
        # ImageNet-21k, as the authors use. XViT knows timm's parameter names.
        init_cfg=dict(
            type='Pretrained',
            checkpoint='https://github.com/rwightman/pytorch-image-models/releases/download/'
            'v0.1-vitjx/jx_vit_base_patch16_224_in21k-e5005f0a.pth',
        ),
    ),
    cls_head=dict(
        type='TemporalAttentionHead',
        in_channels=768,
        dropout_ratio=0.5,
        # The authors sum the views' logits. This is the mean, which ranks classes the same.
        average_clips='score',
    ),
    data_preprocessor=dict(
        type='ActionDataPreprocessor',
        mean=[127.5, 127.5, 127.5],
        std=[127.5, 127.5, 127.5],
        format_shape='NCTHW',
    ),
)

# No weight decay for the biases of the classifier (slowfast/models/optimizer.py).
no_decay = dict(decay_mult=0.0)
optim_wrapper = dict(
    optimizer=dict(type='SGD', lr=0.03, momentum=0.9, nesterov=True),
    paramwise_cfg=dict(
        custom_keys={
            'cls_head.norm.bias': no_decay,
            'cls_head.fc_hidden.bias': no_decay,
            'cls_head.fc_cls.bias': no_decay,
        }
    ),
)
auto_scale_lr = dict(enable=False, base_batch_size=64)
