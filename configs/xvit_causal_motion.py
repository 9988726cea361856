# X-ViT that looks only back, for a stream without delay: a frame takes its neighbours' keys
# and values from one and two frames before it.
_base_ = ['_base_/runtime.py', '_base_/motion_untrimmed.py']

model = dict(
    backbone=dict(
        moves=[
            [dict(type='ChannelShift', at='keys_values', offsets=(-1, -2), per_head=True)]
        ],
    ),
    # The last eight frames of a window: the first layer sees the two frames before each.
    neck=dict(type='InnerFrames', before=2),
)
