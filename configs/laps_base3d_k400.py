# Ablation of laps_k400.py: joint attention over all frames, 46.509 GFLOPs per view. As in
# the authors' file, the batch is half that of the other configs.
_base_ = ['_base_/runtime.py', '_base_/laps_visformer.py']

model = dict(backbone=dict(leap_levels=(('all',), ('all',)), shift_div=0))

train_dataloader = dict(batch_size=20)
optim_wrapper = dict(optimizer=dict(lr=0.1))
auto_scale_lr = dict(base_batch_size=80)
custom_hooks = [
    dict(type='mmpretrain.PreciseBNHook', num_samples=200 * 80, priority='ABOVE_NORMAL')
]
