"""Part 2: trainings of the toy X-ViT with what a user adds, and steps of real recipes."""

from functools import partial

from .logs import check_losses
from .plan import Plan
from .steps import Step

CONFIG = 'configs/xvit_motion.py'
NEEDS_CUDA = "needs CUDA, as MMEngine's AmpOptimWrapper does"


def motion_set(plan: Plan) -> Step:
    """Render the motion data set, unless an earlier part has."""
    train, val = (32, 16) if plan.dry else (320, 64)
    data, script = plan.work / 'motion', 'tools/data/make_motion_dataset.py'
    render = plan.python(script, data, '--num-train', train, '--num-val', val)
    return Step('Motion set', f'[ -e {data}/val.txt ] || {render}', alone=True)


def options(plan: Plan, epochs: int | None = None, **more) -> dict:
    """``--cfg-options`` for short trainings on the motion set."""
    data = {
        f'{split}_dataloader.dataset.data_root': plan.work / 'motion'
        for split in ('train', 'val', 'test')
    }
    epochs = epochs or (1 if plan.dry else 2)
    logged = {'train_cfg.max_epochs': epochs, 'default_hooks.logger.interval': 1}
    return data | logged | more


def training(plan: Plan, name: str, folder: str, *arguments, **more) -> Step:
    """Train the toy X-ViT, and check its loss."""
    work = plan.work / folder
    command = ('tools/train.py', CONFIG, '--work-dir', work, *arguments)
    train = plan.python(*command, options=options(plan, **more))
    return Step(name, train, lines=4, check=partial(check_losses, work))


def steps(plan: Plan) -> list[Step]:
    """The trainings, several at a time, then the real recipes alone."""
    amp = [
        training(plan, f'--amp, {dtype}', dtype, '--amp', **{'optim_wrapper.dtype': dtype})
        for dtype in ('bfloat16', 'float16')
    ]
    compiled, measured = {'compile': True}, recipes(plan)
    if plan.dry:
        measured.not_run = 'part 5 has the same steps, with a profile'
        for step in amp:
            step.not_run = NEEDS_CUDA
        # inductor takes minutes on a small CPU.
        compiled = {'compile.backend': 'eager', 'model.backbone.arch.num_layers': 1}
    return [
        motion_set(plan),
        *amp,
        training(plan, 'compile', 'compile', **compiled),
        resumed(plan),
        measured,
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
    return Step(
        'with_cp, EMA, gradient accumulation; then resume',
        f'{first} && {then}',
        lines=4,
        check=partial(check_losses, work, last=4 if plan.dry else 40),
    )


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
