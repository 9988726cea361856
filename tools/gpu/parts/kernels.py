"""Part 5: the moves against a copy, and where the time of a training step goes."""

from .plan import Plan
from .steps import Step
from .training import recipes


def steps(plan: Plan) -> list[Step]:
    """The moves, then the recipes' steps with a profile, eager and compiled."""
    sizes = ('--clips', 1) if plan.dry else ('--dtype', 'bfloat16', '--compile')
    command = ('-W', 'ignore', 'tools/gpu/moves.py', '--device', plan.device, *sizes)
    compiled = recipes(plan, '--compile')
    if plan.dry:
        compiled.not_run = 'inductor takes minutes on a small CPU'
    return [
        Step('Moves', plan.python(*command), alone=True, lines=200),
        recipes(plan, '--profile'),
        compiled,
    ]
