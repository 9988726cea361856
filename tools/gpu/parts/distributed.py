"""Part 3: launchers, FSDP and DeepSpeed, by one process."""

import importlib.util
import shlex
import socket

from .plan import Plan
from .steps import Step
from .training import CONFIG, losses, motion_set, options

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
    work, port = plan.work / folder, _free_port()
    train = ['tools/dist_train.sh', config, '1', '--work-dir', str(work), '--cfg-options']
    train += [f'{key}={value}' for key, value in options(plan, **more).items()]
    command = f'PORT={port} bash {shlex.join(train)} && {losses(work)}'
    return Step(name, command, lines=4)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        return free.getsockname()[1]
