# X-ViT with its parameters, gradients and optimizer state sharded over the processes
# (FSDP): tools/dist_train.sh configs/xvit_motion_fsdp.py 2. A model of this size needs no
# sharding; it shows what a large one needs, and is trained so in the tests.
_base_ = 'xvit_motion.py'

runner_type = 'FlexibleRunner'
strategy = dict(
    type='FSDPStrategy',
    model_wrapper=dict(type='MMFullyShardedDataParallel', use_orig_params=True),
    # One file, the same as an unsharded model's: any other config can test or resume it.
    state_dict_cfg='full',
)
# mmengine would clip each process's shard by the norm of that shard's gradient.
optim_wrapper = dict(clip_grad=None)
