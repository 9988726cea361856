# lora_dinov3_b_ssv2.py without adapters: all weights are trained, with a learning rate that
# falls from layer to layer, towards the pixels. No paper gives this recipe: the rates are
# an assumption. Not trained here.
_base_ = ['lora_dinov3_b_ssv2.py']

plain = _base_.model.backbone.backbone
model = dict(backbone=dict(_delete_=True, **plain))

decay, depth = 0.75, 12
paths = {f'blocks.{i}.': decay ** (depth - i) for i in range(depth)}
paths.update(dict.fromkeys(('patch_embed', 'cls_token', 'reg_token'), decay ** (depth + 1)))
custom_keys = {f'backbone.{path}': dict(lr_mult=rate) for path, rate in paths.items()}
optim_wrapper = dict(
    optimizer=dict(lr=1e-4),
    paramwise_cfg=dict(custom_keys=custom_keys),
)
del paths
