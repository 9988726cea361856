"""Part 3: launchers, FSDP and DeepSpeed, by one process."""

import importlib.util
import socket
from functools import partial

from .logs import check_losses
from .plan import Plan
from .steps import Step
from .training import CONFIG, motion_set, options

DEEPSPEED = {
    'runner_type': 'FlexibleRunner',
    'strategy.type': 'DeepSpeedStrategy',
    'strategy.config.zero_allow_untested_optimizer': True,
    'strategy.zero_optimization.stage': 1,
    'optim_wrapper.type': 'DeepSpeedOptimWrapper',
    'optim_wrapper.clip_grad': None,
}


def steps(plan: Plan) -> list[Step]:
    """Trainings under torchrun; with NCCL, or with gloo on the CPU."""
    backend = 'gloo' if plan.dry else 'NCCL'
    deepspeed = _launched(plan, 'DeepSpeed, ZeRO 1', CONFIG, 'deepspeed', **DEEPSPEED)
    if importlib.util.find_spec('deepspeed') is None:
        deepspeed.not_run = 'deepspeed is not installed'
    return [
        motion_set(plan),
        _launched(plan, f'{backend}, one process', CONFIG, 'launched'),
        _launched(plan, 'FSDP, one process', 'configs/xvit_motion_fsdp.py', 'fsdp'),
        deepspeed,
    ]


def _launched(plan: Plan, name: str, config: str, folder: str, **more) -> Step:
    work = plan.work / folder
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    words = ('env', f'PORT={port}', 'bash', 'tools/dist_train.sh', config, 1)
    train = plan.command(*words, '--work-dir', work, options=options(plan, **more))
    return Step(name, train, lines=4, check=partial(check_losses, work))
