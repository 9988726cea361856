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
# Name, models (the first is the baseline), frames, clips in a batch, further arguments. The
# most important first: the goals, eager and compiled, then other models, then long clips.
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
TOYS = ('configs/xvit_motion_window0.py', 'configs/xvit_motion.py')


def steps(plan: Plan) -> list[Step]:
    """The benchmark for each of the runs, alone on the machine."""
    size, runs = ('--rounds', 20), RUNS
    if plan.dry:
        size = ('--side', 64, '--rounds', 2, '--warmup', 1)
        runs = [('vit', TOYS, [4, 8], 1, [])]
    (plan.work / 'speed').mkdir(parents=True, exist_ok=True)
    found = []
    for name, models, frames, batch, more in runs:
        command = ('-W', 'ignore', 'tools/benchmark.py', *models, '--frames', *frames)
        command += ('--batch', batch, '--device', plan.device, '--dtype', 'bfloat16')
        command += (*size, *more, '--json', plan.work / f'speed/{name}.json')
        found.append(Step(name, plan.python(*command), alone=True, lines=200))
    return found


def findings(plan: Plan) -> str:
    """The goals: what was measured, and whether it is enough."""
    measured = {}
    for path in sorted((plan.work / 'speed').glob('*.json')):
        report = json.loads(path.read_text())
        if len(report['settings']['frames']) == 1:
            key = report['baseline'], report['settings']['compile']
            measured |= {(r['model'], *key, r['pass']): r for r in report['rows']}
    lines = ['| model | to | mode | pass | goal | measured | met |', '| --- ' * 7 + '|']
    for model, (baseline, *goals) in GOALS.items():
        for mode in ('eager', 'compiled'):
            for kind, goal in zip(('inference', 'training'), goals):
                row = measured.get((model, baseline, mode == 'compiled', kind))
                found, met = 'not measured', ''
                if row:
                    low, high = row['ratio_quartiles']
                    found = f'{row["ratio"]:.3f} ({low:.3f} to {high:.3f})'
                    met = 'yes' if row['ratio'] <= goal else 'no'
                cells = (model, baseline, mode, kind, f'{goal:.2f}', found, met)
                lines.append(f'| {" | ".join(cells)} |')
    return '\n'.join(['Time as a ratio to the image model:', '', *lines])
