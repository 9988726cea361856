# X-ViT that looks only back, for a stream without delay: a frame takes its neighbours' keys
# and values from one and two frames before it.
_base_ = ['_base_/runtime.py', '_base_/motion_untrimmed.py']

model = dict(
    backbone=dict(
        moves=[
            [dict(type='ChannelShift', at='keys_values', offsets=(-1, -2), per_head=True)]
        ],
    ),
    # The last four frames of a window, which see the six frames that their features need.
    neck=dict(type='InnerFrames', before=6),
)
