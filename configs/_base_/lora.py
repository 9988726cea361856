# A frozen image model of timm with LoRA; whole heads of its keys and values come from the
# neighbouring frames. Trained are the adapters, the temporal embedding and the head. The
# moves and the optimizer follow ZeroI2V (arXiv 2310.01324, its configs in
# https://github.com/leexinhao/ZeroI2V): one head from each neighbour, and the edge frames
# keep theirs (mmaction/models/common/stdha.py); AdamW with batches of 64. Differs:
# ZeroI2V's adapters are linear layers before and after those of the image model, with a
# width of its own. Here it is LoRA with the rank below. No paper gives this rank.
model = dict(
    type='Recognizer3D',
    backbone=dict(
        type='PeftBackbone',
        backbone=dict(
            type='TimmVideoViT',
            pretrained=True,
            img_size=224,
            num_frames=8,
            temporal_embed_frames=8,
            moves=[
                [
                    dict(
                        type='ChannelShift',
                        at='keys_values',
                        offsets=(-1, 1),
                        div='heads',
                        edge='keep',
                    )
                ]
            ],
        ),
        peft=dict(
            type='LoraConfig',
            r=16,
            lora_alpha=16,
            target_modules=['attn.qkv', 'attn.proj', 'mlp.fc1', 'mlp.fc2'],
        ),
    ),
    cls_head=dict(type='FrameAverageHead', dropout_ratio=0.5, average_clips='prob'),
    data_preprocessor=dict(type='ActionDataPreprocessor', format_shape='NCTHW'),
)

optim_wrapper = dict(
    optimizer=dict(type='AdamW', lr=3e-4, betas=(0.9, 0.999), weight_decay=0.05),
    paramwise_cfg=dict(
        custom_keys={'temporal_embed': dict(decay_mult=0.0)},
    ),
)
auto_scale_lr = dict(enable=False, base_batch_size=64)
