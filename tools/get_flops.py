"""Count a model's parameters, multiply-adds and activations, by module.

One GFLOP is 10^9 multiply-adds, as in the papers. Fused attention counts as its two matrix
products. The input is one view of the test pipeline, and it passes backbone and head. No
weights are read or downloaded::

    python tools/get_flops.py configs/xvit_ssv2.py
    python tools/get_flops.py configs/xvit_ssv2.py --shape 1 3 8 224 224
    python tools/get_flops.py --compare configs/laps_base2d_k400.py configs/laps_k400.py
"""

import argparse

from mmengine.config import Config

import projects.xvit  # noqa: F401
from projects.xvit.analysis import Cost, build_recognizer, count_cost, view_shape

# A quantity's name in the table, its name in `Cost`, its unit.
COLUMNS = (
    ('params (M)', 'parameters', 1e6),
    ('GFLOPs', 'multiply_adds', 1e9),
    ('activations (M)', 'activations', 1e6),
)


def cost_of(config: str, shape: list[int] | None) -> Cost:
    """Count the config's model on ``shape``, or on one view of its test pipeline."""
    cfg = Config.fromfile(config)
    return count_cost(build_recognizer(cfg), tuple(shape or view_shape(cfg)))


def table(costs: dict[str, Cost], depth: int) -> str:
    """A line for each module of up to ``depth`` levels, with each model's quantities."""
    head, columns = ['module'], []
    for title, quantity, unit in COLUMNS:
        for name, cost in costs.items():
            head.append(f'{title} {name}'.rstrip())
            columns.append((getattr(cost, quantity), unit))
    lines = [head]
    for module in dict.fromkeys(m for cost in costs.values() for m in cost.multiply_adds):
        shown = not module or module.count('.') < depth
        if shown and any(counts.get(module) for counts, _ in columns):
            cells = [
                f'{counts[module] / unit:,.3f}' if module in counts else ''
                for counts, unit in columns
            ]
            lines.append([module or 'all', *cells])
    widths = [max(map(len, column)) for column in zip(*lines)]
    return '\n'.join(
        '  '.join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])])
        for line in lines
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument('config', nargs='?')
    what.add_argument('--compare', nargs=2, metavar=('A.py', 'B.py'))
    parser.add_argument(
        '--shape',
        type=int,
        nargs='+',
        metavar='N',
        help='the input without the batch axis: 1 3 T H W, or T 3 H W for a Recognizer2D '
        '(default: one view of the test pipeline)',
    )
    parser.add_argument('--depth', type=int, default=3, help='levels of modules shown')
    args = parser.parse_args()
    configs = dict(zip('AB', args.compare)) if args.compare else {'': args.config}
    try:
        costs = {name: cost_of(config, args.shape) for name, config in configs.items()}
    except (OSError, TypeError, ValueError) as error:
        parser.exit(1, f'{parser.prog}: {error}\n')

    print(table(costs, args.depth))
    for name, cost in costs.items():
        print()
        print(f'{name} {configs[name]}'.strip())
        print(f'input: {" x ".join(map(str, cost.shape))}')
        print(f'not counted: {", ".join(cost.uncounted) or "none"}')


if __name__ == '__main__':
    main()
