# X-ViT at toy size, as the authors published it: channels are shifted across all heads
# together. At this size, it learns later than with shifts inside each head, so it trains
# for 30 epochs.
_base_ = ['xvit_motion.py']

model = dict(backbone=dict(mix_per_head=False))

max_epochs = 30
param_scheduler = [
    dict(type='LinearLR', start_factor=0.05, end=1, convert_to_iter_based=True),
    dict(type='CosineAnnealingLR', begin=1, end=max_epochs, convert_to_iter_based=True),
]
train_cfg = dict(max_epochs=max_epochs, val_interval=5)
