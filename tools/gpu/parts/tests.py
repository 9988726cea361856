"""Part 1: the tests that need a GPU, then all others."""

from .plan import Plan
from .steps import Step


def steps(plan: Plan) -> list[Step]:
    """``tests/gpu``, then all fast tests."""
    chosen = 'not slow' if plan.dry else 'slow or not slow'
    jobs = () if plan.dry else ('-n', 4)
    cuda = plan.python('-m', 'pytest', '-q', '-m', chosen, *jobs, 'tests/gpu')
    fast = plan.python('-m', 'pytest', '-q', '-n', plan.jobs, '--dist', 'worksteal')
    return [
        Step('GPU tests', f'GPU_TEST_DEVICE={plan.device} {cuda}', alone=True, lines=30),
        Step(
            'All fast tests',
            fast,
            alone=True,
            lines=30,
            not_run='they run on the CPU without this script' if plan.dry else '',
        ),
    ]
