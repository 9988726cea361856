"""Time models side by side: inference and training, latency, clips/s and peak memory.

The models are backbones, by name or those of configs. They run in one process, in turn, and
the ratio to the baseline is the median of the rounds' ratios. Training is the forward and
the backward pass, without an optimizer::

    python tools/benchmark.py vit-b xvit-b laps-vit-b timesformer-b
    python tools/benchmark.py swin-t tps-swin-t videoswin-t mvitv2-s --frames 32
    python tools/benchmark.py xvit-b --frames 8 64 --device cuda --dtype bfloat16 --compile
    python tools/benchmark.py configs/xvit_motion.py configs/tps_motion.py --side 64

With ``--data``, decoding and augmenting beside training, and which bounds an epoch::

    python tools/benchmark.py configs/xvit_motion.py --data
"""

import argparse
from dataclasses import asdict, fields
from pathlib import Path

import torch
from mmengine.config import Config

import projects.xvit  # noqa: F401
from projects.xvit.benchmark import (
    CLOCKS,
    DTYPES,
    NAMES,
    PASSES,
    Settings,
    compare,
    conditions,
    data_markdown,
    data_rates,
    markdown,
    write_json,
    write_section,
)


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        'models', nargs='+', metavar='MODEL', help=f'a config, or one of {", ".join(NAMES)}'
    )
    parser.add_argument(
        '--baseline', help='the model that ratios are to (default: the first)'
    )
    parser.add_argument(
        '--data',
        action='store_true',
        help="time a config's training pipeline, and its model on the clips; --frames, "
        '--side, --batch and --passes do not count',
    )
    parser.add_argument('--frames', type=int, nargs='+', default=[8], metavar='T')
    parser.add_argument('--passes', nargs='+', default=list(PASSES), choices=PASSES)
    parser.add_argument('--side', type=int, default=224, help='height and width in pixels')
    parser.add_argument('--batch', type=int, default=1, help='clips in a batch')
    parser.add_argument('--device', default='cpu', help='cpu, cuda, cuda:1, ...')
    parser.add_argument('--dtype', default='float32', choices=DTYPES, help='by autocast')
    parser.add_argument('--compile', action='store_true', help='by torch.compile')
    parser.add_argument('--rounds', type=int, default=10, help='times that each is timed')
    parser.add_argument('--warmup', type=int, default=2, help='rounds before them')
    parser.add_argument(
        '--clock',
        default='wall',
        choices=CLOCKS,
        help='cpu: the time that the process had a CPU, for a CPU that others use',
    )
    parser.add_argument('--threads', type=int, help='of PyTorch on the CPU')
    parser.add_argument('--json', metavar='FILE', help='write all figures')
    parser.add_argument('--markdown', metavar='FILE', help='write the tables')
    parser.add_argument(
        '--section',
        metavar='NAME',
        help='replace, in the --markdown file, what stands between '
        '<!-- benchmark:NAME --> and <!-- /benchmark:NAME -->',
    )
    args = parser.parse_args()
    if args.section and not args.markdown:
        parser.error('--section needs --markdown')
    if args.data and (len(args.models) > 1 or not Path(args.models[0]).is_file()):
        parser.error(f'--data needs one config file, got {" ".join(args.models)}')
    if args.data and args.compile:
        parser.error('--data does not compile: leave out --compile')
    if args.threads is not None and args.threads < 1:
        parser.error(f'--threads must be at least 1, got {args.threads}')
    args.error = lambda error: parser.exit(1, f'{parser.prog}: {error}\n')
    return args


def main() -> None:
    args = parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    try:
        names = [field.name for field in fields(Settings)]
        settings = Settings(**{name: getattr(args, name) for name in names})
        report = conditions(args.device) | {'settings': asdict(settings)}
        if args.data:
            report['data'] = data_rates(Config.fromfile(args.models[0]), settings)
            text = data_markdown(report)
        else:
            baseline = args.baseline or args.models[0]
            report['baseline'] = baseline
            report['rows'] = compare(args.models, baseline, settings)
            text = markdown(report)
        print(text)
        if args.json:
            write_json(report, args.json)
        if args.markdown:
            write_section(text, args.markdown, args.section)
    except (OSError, TypeError, ValueError) as error:
        args.error(error)


if __name__ == '__main__':
    main()
