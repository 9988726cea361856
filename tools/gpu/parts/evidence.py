"""Part 6: who learns motions whose two halves lie 2, 4, 8 or 16 frames apart."""

from spaced import models, table, write_configs

from .plan import Plan
from .steps import Step

MODELS = tuple(models())


def steps(plan: Plan) -> list[Step]:
    """Render the set, then train all models at once, until the time is up."""
    data, work = plan.work / 'spaced', plan.work / 'evidence'
    apart, train, val, names = (2, 4, 8, 16), 3200, 640, MODELS
    amp, options = ('--amp',), {'optim_wrapper.dtype': 'bfloat16'}
    if plan.dry:
        apart, train, val, names = (2, 16), 16, 8, MODELS[:1]
        amp, options = (), {}
    write_configs(data, work, toy=plan.dry, epochs=1 if plan.dry else 40)
    script = 'tools/data/make_motion_dataset.py'
    sizes = ('--num-train', train, '--num-val', val)
    render = plan.python(script, data, '--apart', *apart, *sizes)
    found = [Step('Spaced set', render, alone=True)]
    for name in names:
        command = ('tools/train.py', work / f'{name}.py', '--work-dir', work / name, *amp)
        line = f'PYTHONPATH=tools/gpu:$PYTHONPATH {plan.python(*command, options=options)}'
        found.append(Step(name, line, lines=4, enough='acc/top1'))
    return found


def findings(plan: Plan) -> str:
    """Accuracy by distance, at the last epoch that all have reached."""
    return table(plan.work / 'evidence')
