# X-ViT with a window of one frame to each side. As a stream, it answers three frames late:
# one for each layer.
_base_ = ['_base_/runtime.py', '_base_/motion_untrimmed.py']

model = dict(
    backbone=dict(moves=[[dict(type='ChannelShift', at='keys_values', per_head=True)]]),
    # The four frames of a window that see the three frames before and after them.
    neck=dict(type='InnerFrames', before=3, after=3),
)
answered = dict(dataset=dict(label_frame=-4))  # The newest of these four.
train_dataloader = answered
val_dataloader = answered
test_dataloader = answered
