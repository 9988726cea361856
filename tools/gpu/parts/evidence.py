"""Part 6: who learns motions whose two halves lie 2, 4, 8 or 16 frames apart."""

import shlex

from .plan import Plan
from .steps import Step

MODELS = (
    'xvit-s',
    'laps-vit-s',
    'tps-vit-s',
    'tokshift-vit-s',
    'timesformer-s',
    'tps-swin-t',
    'videoswin-t',
    'vit-s-still',
)


def steps(plan: Plan) -> list[Step]:
    """Render the set, then train all models at once, until the time is up."""
    data, work = plan.work / 'spaced', plan.work / 'evidence'
    train, val = (32, 16) if plan.dry else (3200, 640)
    script = 'tools/data/make_motion_dataset.py'
    apart = ('--apart', 2, 4, 8, 16)
    render = plan.python(script, data, *apart, '--num-train', train, '--num-val', val)
    toy = ('--toy', '--epochs', 1) if plan.dry else ()
    configs = plan.python('tools/gpu/spaced.py', 'configs', data, work, *toy)
    amp = () if plan.dry else ('--amp',)
    options = {} if plan.dry else {'optim_wrapper.dtype': 'bfloat16'}
    found = [Step('Spaced set', f'{render} && {configs}', alone=True)]
    for name in MODELS[:2] if plan.dry else MODELS:
        command = ('tools/train.py', work / f'{name}.py', '--work-dir', work / name, *amp)
        line = plan.python(*command, options=options) if options else plan.python(*command)
        where = f'PYTHONPATH={shlex.quote("tools/gpu")}:$PYTHONPATH'
        found.append(Step(name, f'{where} {line}', lines=4, enough='acc/top1'))
    return found


def findings(plan: Plan) -> str:
    """Accuracy by distance, at the last epoch that all have reached."""
    from spaced import table  # Needs MMEngine, which the other parts do not.

    return table(plan.work / 'evidence')
