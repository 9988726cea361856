# X-ViT with a window of one frame to each side. As a stream, it answers three frames late:
# one for each layer.
_base_ = ['_base_/runtime.py', '_base_/motion_untrimmed.py']

model = dict(
    backbone=dict(moves=[[dict(type='ChannelShift', at='keys_values', per_head=True)]]),
    # The eight frames of a window that have both neighbours.
    neck=dict(type='InnerFrames', before=1, after=1),
)
answered = dict(dataset=dict(label_frame=-2))  # The newest of these eight.
train_dataloader = answered
val_dataloader = answered
test_dataloader = answered
