"""Time models side by side: inference and training, latency, clips/s and peak memory.

The models are backbones, given by name or by a config. They run in one process, in turn.
The ratio to the baseline is the median of the rounds' ratios. Training is the forward and
the backward pass, without an optimizer::

    python tools/benchmark.py vit-b xvit-b laps-vit-b timesformer-b
    python tools/benchmark.py swin-t tps-swin-t videoswin-t mvitv2-s --frames 32
    python tools/benchmark.py xvit-b --frames 8 64 --device cuda --dtype bfloat16 --compile
    python tools/benchmark.py configs/xvit_motion.py configs/tps_motion.py --side 64

With ``--data``, whether the data loader or the model limits the speed of training, the
time of each transform, and what other decoders and transcoded files would gain. Give more
``--rounds``: each loads one clip in each way. On a CPU that runs other work too, add
``--clock cpu``::

    python tools/benchmark.py configs/xvit_motion.py --data --rounds 50
    python tools/benchmark.py configs/xvit_ssv2.py --data --rounds 50 --model-rate 200
"""

import argparse
from dataclasses import asdict, fields
from pathlib import Path

import torch
from mmengine.config import Config, DictAction

import projects.xvit  # noqa: F401
from projects.xvit.benchmark import report as reports
from projects.xvit.benchmark.compare import DTYPES, PASSES, Settings, compare
from projects.xvit.benchmark.data import data_rates
from projects.xvit.benchmark.models import NAMES
from projects.xvit.benchmark.timing import CLOCKS


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('models', nargs='+', metavar='MODEL', help=f'a config, or: {", ".join(NAMES)}')
    add('--baseline', help='the model that ratios are to (default: the first)')
    add(
        '--data',
        action='store_true',
        help="time a config's training pipeline, and its model on the clips; --frames, "
        '--side, --batch and --passes are ignored',
    )
    add('--model-rate', type=float, metavar='R', help='with --data: clips/s of one GPU')
    add('--transcoded', metavar='FOLDER', help='with --data: OUT of data/transcode.py')
    add('--frames', type=int, nargs='+', default=[8], metavar='T')
    add('--passes', nargs='+', default=list(PASSES), choices=PASSES)
    add('--side', type=int, default=224, help='height and width in pixels')
    add('--batch', type=int, default=1, help='clips in a batch')
    add('--device', default='cpu', help='cpu, cuda, cuda:1, ...')
    add('--dtype', default='float32', choices=DTYPES, help='by autocast')
    add('--compile', action='store_true', help='use torch.compile')
    add('--rounds', type=int, default=10, help='how often each model is timed')
    add('--warmup', type=int, default=2, help='rounds before the timed ones')
    add(
        '--clock',
        default='wall',
        choices=CLOCKS,
        help='cpu: CPU time of the process, for a CPU that runs other work too',
    )
    add('--threads', type=int, help="PyTorch's threads on the CPU")
    add('--json', metavar='FILE', help='write all figures')
    add('--markdown', metavar='FILE', help='write the tables')
    add(
        '--section',
        metavar='NAME',
        help='in the --markdown file, replace only the text between '
        '<!-- benchmark:NAME --> and <!-- /benchmark:NAME -->',
    )
    add('--cfg-options', nargs='+', action=DictAction, help='with --data: config values')
    args = parser.parse_args()
    if args.model_rate is not None and not args.model_rate > 0:
        parser.error(f'--model-rate must be above 0, got {args.model_rate}')
    if args.section and not args.markdown:
        parser.error('--section needs --markdown')
    if args.data and (len(args.models) > 1 or not Path(args.models[0]).is_file()):
        parser.error(f'--data needs one config file, got {" ".join(args.models)}')
    if args.data and args.compile:
        parser.error('--data does not compile: leave out --compile')
    args.error = lambda error: parser.exit(1, f'{parser.prog}: {error}\n')
    return args


def main() -> None:
    args = parse_args()
    if args.threads is not None:
        torch.set_num_threads(args.threads)
    try:
        settings = Settings(**{f.name: getattr(args, f.name) for f in fields(Settings)})
        report = reports.conditions(args.device) | {'settings': asdict(settings)}
        if args.data:
            cfg = Config.fromfile(args.models[0])
            if args.cfg_options is not None:
                cfg.merge_from_dict(args.cfg_options)
            report['data'] = data_rates(cfg, settings, args.model_rate, args.transcoded)
            text = reports.data_markdown(report)
        else:
            report['baseline'] = args.baseline or args.models[0]
            report['rows'] = compare(args.models, report['baseline'], settings)
            text = reports.markdown(report)
        print(text)
        if args.json:
            reports.write_json(report, args.json)
        if args.markdown:
            reports.write_section(text, args.markdown, args.section)
    except (OSError, TypeError, ValueError) as error:
        args.error(error)


if __name__ == '__main__':
    main()
