# X-ViT with FSDP: parameters, gradients and optimizer state are sharded over the processes.
# A model of this size needs no sharding. The config shows what a large model needs, and the
# tests train it:
# tools/dist_train.sh configs/xvit_motion_fsdp.py 2
_base_ = 'xvit_motion.py'

runner_type = 'FlexibleRunner'
strategy = dict(
    type='FSDPStrategy',
    model_wrapper=dict(type='MMFullyShardedDataParallel', use_orig_params=True),
    # One file like that of an unsharded model, so any other config can test or resume it.
    state_dict_cfg='full',
)
# mmengine would clip each shard by the gradient norm of that shard only.
optim_wrapper = dict(clip_grad=None)
