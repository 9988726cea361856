# xvit_ssv2.py with DeepSpeed: the optimizer's state is sharded over the GPUs (ZeRO 1):
#   pip install deepspeed
#   tools/dist_train.sh configs/xvit_ssv2_deepspeed.py 8
# Untested, because it needs DeepSpeed and GPUs. DeepSpeed writes its own checkpoints, so a
# killed run may leave an incomplete one.
_base_ = 'xvit_ssv2.py'

runner_type = 'FlexibleRunner'
strategy = dict(
    type='DeepSpeedStrategy',
    config=dict(zero_allow_untested_optimizer=True),  # SGD
    zero_optimization=dict(stage=1),
)
optim_wrapper = dict(type='DeepSpeedOptimWrapper')
