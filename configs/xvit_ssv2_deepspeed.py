# xvit_ssv2.py under DeepSpeed, the optimizer's state sharded over the GPUs (ZeRO stage 1):
#   pip install deepspeed
#   tools/dist_train.sh configs/xvit_ssv2_deepspeed.py 8
# Untested: it needs DeepSpeed and GPUs. That a checkpoint is whole or not there does not
# hold either: DeepSpeed writes its own.
_base_ = 'xvit_ssv2.py'

runner_type = 'FlexibleRunner'
strategy = dict(
    type='DeepSpeedStrategy',
    config=dict(zero_allow_untested_optimizer=True),  # SGD
    zero_optimization=dict(stage=1),
)
optim_wrapper = dict(type='DeepSpeedOptimWrapper')
