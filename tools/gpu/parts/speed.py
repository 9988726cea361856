"""Part 4: the methods against their image models and MMAction2's video transformers."""

import json

from .plan import Plan
from .steps import Step

# The most that a method may take of its image model's time: inference, training.
GOALS = {
    'xvit-b': ('vit-b', 1.03, 1.04),
    'laps-vit-b': ('vit-b', 1.08, 1.10),
    'laps-visformer-s': ('visformer-s', 1.08, 1.10),
    'tps-swin-t': ('swin-t', 1.08, 1.08),
    'tps-swin-b': ('swin-b', 1.08, 1.08),
}
VIT = ('vit-b', 'xvit-b', 'laps-vit-b')
# Name, models (the first is the baseline), frames, clips in a batch, further arguments. In
# order of worth: the goals, eager and compiled, then other models, then long clips.
RUNS = [
    ('vit', VIT, [8], 8, []),
    ('swin-t', ('swin-t', 'tps-swin-t'), [32], 8, []),
    ('visformer', ('visformer-s', 'laps-visformer-s'), [8], 16, []),
    ('vit-compiled', ('vit-b', 'xvit-b'), [8], 8, ['--compile']),
    ('swin-b', ('swin-b', 'tps-swin-b', 'videoswin-b'), [32], 4, []),
    ('video-b', ('xvit-b', 'timesformer-b', 'mvitv2-b', 'uniformerv2-b'), [8], 8, []),
    ('video-t', ('tps-swin-t', 'videoswin-t', 'mvitv2-s'), [32], 4, []),
    ('swin-t-compiled', ('swin-t', 'tps-swin-t'), [32], 8, ['--compile']),
    ('laps-compiled', ('vit-b', 'laps-vit-b'), [8], 8, ['--compile']),
    ('visformer-compiled', ('visformer-s', 'laps-visformer-s'), [8], 16, ['--compile']),
    ('long-vit', VIT, [8, 16, 32, 64], 2, []),
    ('long-swin', ('swin-t', 'tps-swin-t'), [8, 16, 32], 4, []),
]
# The same at toy size.
DRY_RUNS = [
    ('vit', ('configs/xvit_motion_window0.py', 'configs/xvit_motion.py'), [4, 8], 1, []),
]


def steps(plan: Plan) -> list[Step]:
    """The benchmark for each of the runs, alone on the machine."""
    size = ('--side', 64, '--rounds', 2, '--warmup', 1) if plan.dry else ('--rounds', 20)
    (plan.work / 'speed').mkdir(parents=True, exist_ok=True)
    found = []
    for name, models, frames, batch, more in DRY_RUNS if plan.dry else RUNS:
        command = ('-W', 'ignore', 'tools/benchmark.py', *models, '--frames', *frames)
        command += ('--batch', batch, '--device', plan.device, '--dtype', 'bfloat16')
        command += (*size, *more, '--json', plan.work / f'speed/{name}.json')
        found.append(Step(name, plan.python(*command), alone=True, lines=200))
    return found


def findings(plan: Plan) -> str:
    """The goals: what was measured, and whether it is enough."""
    lines = [
        '| model | to | mode | pass | goal | measured | met |',
        '| --- | --- | --- | --- | --- | --- | --- |',
    ]
    reports = [
        json.loads(path.read_text())
        for path in sorted((plan.work / 'speed').glob('*.json'))
    ]
    for model, (baseline, *goals) in GOALS.items():
        for compiled in (False, True):
            rows = {
                row['pass']: row
                for report in reports
                if report['baseline'] == baseline
                and report['settings']['compile'] == compiled
                and len(report['settings']['frames']) == 1
                for row in report['rows']
                if row['model'] == model
            }
            for kind, goal in zip(('inference', 'training'), goals):
                measured, met = 'not measured', ''
                if kind in rows:
                    ratio = rows[kind]['ratio']
                    low, high = rows[kind]['ratio_quartiles']
                    measured = f'{ratio:.3f} ({low:.3f} to {high:.3f})'
                    met = 'yes' if ratio <= goal else 'no'
                mode = 'compiled' if compiled else 'eager'
                lines.append(
                    f'| {model} | {baseline} | {mode} | {kind} | {goal:.2f} | {measured} '
                    f'| {met} |'
                )
    return '\n'.join(['Time as a ratio to the image model:', '', *lines])
