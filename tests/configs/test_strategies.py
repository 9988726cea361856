"""The configs with MMEngine's strategies. test_distributed trains the one with FSDP."""

import inspect

import pytest
from mmengine.config import Config
from mmengine.registry import OPTIM_WRAPPERS, RUNNERS, STRATEGIES


@pytest.mark.parametrize('name', ['xvit_motion_fsdp', 'xvit_ssv2_deepspeed'])
def test_strategy_takes_what_the_config_gives(name):
    config = Config.fromfile(f'configs/{name}.py')
    assert RUNNERS.get(config.runner_type).__name__ == 'FlexibleRunner'
    arguments = dict(config.strategy)
    strategy = STRATEGIES.get(arguments.pop('type'))
    named = inspect.signature(strategy).parameters
    assert set(arguments) <= set(named), 'the rest would go to **kwargs unseen'
    assert OPTIM_WRAPPERS.get(config.optim_wrapper.get('type', 'OptimWrapper'))
    assert config.optim_wrapper.get('clip_grad') is None, 'each shard by its own norm'
