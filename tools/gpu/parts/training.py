"""Part 2: trainings of the toy X-ViT with what a user adds, and steps of real recipes."""

import shlex

from .plan import Plan
from .steps import Step

CONFIG = 'configs/xvit_motion.py'
NEEDS_CUDA = "needs CUDA, as MMEngine's AmpOptimWrapper does"


def motion_set(plan: Plan) -> Step:
    """Render the motion data set."""
    train, val = (32, 16) if plan.dry else (320, 64)
    script = 'tools/data/make_motion_dataset.py'
    sizes = ('--num-train', train, '--num-val', val)
    return Step('Motion set', plan.python(script, plan.work / 'motion', *sizes), alone=True)


def options(plan: Plan, epochs: int = 2, **more) -> dict:
    """``--cfg-options`` for short trainings on the motion set."""
    data = {
        f'{split}_dataloader.dataset.data_root': plan.work / 'motion'
        for split in ('train', 'val', 'test')
    }
    return data | {
        'train_cfg.max_epochs': epochs,
        'default_hooks.logger.interval': 1,
        **more,
    }


def losses(work) -> str:
    """The command that fails unless the training in ``work`` kept a finite loss."""
    return shlex.join(['python', 'tools/gpu/losses.py', str(work)])


def training(plan: Plan, name: str, folder: str, *arguments, **more) -> Step:
    """Train the toy X-ViT for two epochs, and check its loss."""
    work = plan.work / folder
    command = ('tools/train.py', CONFIG, '--work-dir', work, *arguments)
    train = plan.python(*command, options=options(plan, **more))
    return Step(name, f'{train} && {losses(work)}', lines=4)


def steps(plan: Plan) -> list[Step]:
    """The trainings, several at a time, then the real recipes alone."""
    amp = {
        dtype: training(
            plan, f'--amp, {dtype}', dtype, '--amp', **{'optim_wrapper.dtype': dtype}
        )
        for dtype in ('bfloat16', 'float16')
    }
    for step in amp.values():
        step.not_run = NEEDS_CUDA if plan.dry else ''
    # inductor takes minutes on a small CPU.
    compiled = {'compile.backend': 'aot_eager'} if plan.dry else {'compile': True}
    return [
        motion_set(plan),
        *amp.values(),
        training(plan, 'compile', 'compile', **compiled),
        resumed(plan),
        recipes(plan),
    ]


def resumed(plan: Plan) -> Step:
    """Checkpointing, EMA and accumulation, for an epoch; then resumed for another."""
    work = plan.work / 'resumed'
    more = {
        'model.backbone.with_cp': True,
        'default_hooks.ema.type': 'EMAHook',
        'optim_wrapper.accumulative_counts': 2,
    }
    command = ('tools/train.py', CONFIG, '--work-dir', work)
    first = plan.python(*command, options=options(plan, epochs=1, **more))
    then = plan.python(*command, '--resume', options=options(plan, epochs=2, **more))
    steps_of_two_epochs = '4' if plan.dry else '40'
    check = f'{losses(work)} {steps_of_two_epochs}'
    name = 'with_cp, EMA, gradient accumulation; then resume'
    return Step(name, f'{first} && {then} && {check}', lines=4)


def recipes(plan: Plan, *arguments) -> Step:
    """Steps of the real recipes at full size: time, memory, waits."""
    configs = ('xvit_ssv2', 'laps_k400', 'tps_base_k400')
    sizes = ('--batch', 8, '--dtype', 'bfloat16')
    if plan.dry:
        configs = ('xvit_motion', 'laps_visformer_motion', 'tps_motion')
        sizes = ('--batch', 2, '--rounds', 2, '--warmup', 1)
    paths = [f'configs/{config}.py' for config in configs]
    command = ('-W', 'ignore', 'tools/gpu/train_step.py', *paths)
    command += ('--device', plan.device, *sizes, *arguments)
    name = ' '.join(['Steps of the recipes', *arguments])
    return Step(name, plan.python(*command), alone=True, lines=200)
