"""Prove the project on a GPU: tests, training, NCCL and FSDP, speed, kernels, evidence.

Called by tools/gpu_check.sh, whose first lines say how. The most important parts run first.
Each has a share of the time, and time that one leaves is shared by those after it. A part
that fails stops no other. The folder OUT (work_dirs/gpu_check, unless the environment says
otherwise) gets a file for each part as soon as it has a result, and ``summary.md``.

The exit status is 1 if something failed, else 0, also if the time was up before the end.
"""

import argparse
import os
import platform
import shutil
import signal
import sys
import time
from importlib import metadata
from pathlib import Path

import torch
from parts import distributed, evidence, kernels, report, speed, tests, training
from parts.plan import Plan
from parts.report import Part
from parts.steps import FAILED, Step, run_steps

# Title, module, share of the time.
PARTS = {
    1: ('tests', tests, 120),
    2: ('training', training, 100),
    3: ('distributed', distributed, 45),
    4: ('speed', speed, 130),
    5: ('kernels', kernels, 60),
    6: ('evidence', evidence, 85),
}
PACKAGES = ('mmengine', 'mmaction2', 'mmpretrain', 'mmcv-lite', 'mmcv', 'timm', 'decord')


def parse_args() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='gpu_check.sh',
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add('--minutes', type=float, default=9, help='for everything')
    add('--parts', default='1,2,3,4,5,6', help='which, for example 1,4')
    add('--dry-run', action='store_true', help='at toy size on the CPU')
    add('--spent', type=float, default=0, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.minutes <= 0:
        parser.error(f'--minutes must be above 0, got {args.minutes:g}')
    numbers = args.parts.split(',')
    if not set(numbers) <= set(map(str, PARTS)):
        parser.error(f'--parts takes numbers from 1 to {len(PARTS)}, got {args.parts}')
    args.parts = sorted(set(map(int, numbers)))
    if not args.dry_run and not torch.cuda.is_available():
        parser.error('PyTorch finds no CUDA device. --dry-run tries the script on the CPU')
    return args


def conditions(dry: bool) -> str:
    """Device, versions, command and date, as Markdown."""
    versions = {'python': platform.python_version(), 'torch': torch.__version__}
    for package in PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    device = 'CPU' if dry else torch.cuda.get_device_name()
    lines = [
        f'{device}, {os.cpu_count()} cores; '
        + ', '.join(f'{name} {version}' for name, version in versions.items())
        + time.strftime('; %Y-%m-%d %H:%M UTC.', time.gmtime()),
        f'`tools/gpu_check.sh {" ".join(sys.argv[1:])}`',
    ]
    if dry:
        lines.insert(0, '**A dry run at toy size on the CPU. Nothing here ran on CUDA.**')
    return '\n\n'.join(lines)


def main() -> int:
    args = parse_args()
    # Ends the commands that run, as Ctrl-C does.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    start = time.monotonic() - args.spent
    end = start + 60 * args.minutes
    out = Path(os.environ.get('OUT') or 'work_dirs/gpu_check').resolve()
    out.mkdir(parents=True, exist_ok=True)
    # Some machines have no `python` on their path.
    os.environ['PATH'] = f'{Path(sys.executable).parent}:{os.environ["PATH"]}'
    os.chdir(Path(__file__).resolve().parents[2])
    # Not in OUT: only the results are to be carried home.
    work = Path('work_dirs/gpu_check_runs', time.strftime('%Y%m%d_%H%M%S'))
    cores = len(os.sched_getaffinity(0))
    plan = Plan(args.dry_run, work, jobs=min(8, cores))
    head = conditions(args.dry_run)
    parts = [Part(n, title, n in args.parts) for n, (title, *_) in PARTS.items()]
    report.write_summary(parts, out, head, start)

    for part in parts:
        if part.chosen:
            left = [PARTS[n][2] for n in args.parts if n >= part.number]
            now = time.monotonic()
            deadline = now + (end - now) * left[0] / sum(left)
            run_part(part, plan, deadline, out, head)
            report.write_summary(parts, out, head, start)
            print(
                f'{part.number}. {part.title}: {part.state}, {part.seconds:.0f} s',
                flush=True,
            )
    print((out / 'summary.md').read_text())
    failed = any(part.state == FAILED for part in parts)
    if failed:
        print(f'The whole logs are in {work}')
    else:
        shutil.rmtree(work, ignore_errors=True)
    return int(failed)


def run_part(part: Part, plan: Plan, deadline: float, out: Path, head: str) -> None:
    """Run the part's steps, and write its file after each."""
    module, start = PARTS[part.number][1], time.monotonic()
    try:
        part.steps = module.steps(plan)
    except Exception as error:  # It stops no other part.
        part.steps = [Step('preparation', '', state=FAILED, detail=repr(error))]
        return part.write(out, head)

    def write() -> None:
        part.seconds = time.monotonic() - start
        if hasattr(module, 'findings'):
            try:
                part.findings = module.findings(plan)
            except Exception as error:  # The file is of use without them.
                part.findings = f'No findings: {type(error).__name__}: {error}'
        part.write(out, head)

    logs = plan.work / f'logs_{part.number}'
    jobs = len(part.steps) if module is evidence else plan.jobs
    run_steps(part.steps, deadline, logs, jobs, write)


if __name__ == '__main__':
    sys.exit(main())
