"""Time, memory and waits of a recipe's training step, on random clips.

The step is MMEngine's ``train_step`` with the recipe's model and optimizer: copying the
clips to the device, forward and backward pass, clipping, and the optimizer. The loop's
hooks are not in it. ``waits`` counts how often the host waits for the GPU::

    python tools/gpu/train_step.py configs/xvit_ssv2.py --device cuda --dtype bfloat16
    python tools/gpu/train_step.py configs/xvit_motion.py --batch 2    # on the CPU

FLOP/s count a multiply-add as two, and the backward pass as two forward passes. They are
compared with the rate of a large matrix product, measured first; MFU is relative to the
data sheet's rate of an H100 or H200 for dense bfloat16 and float16.
"""

import argparse
import warnings
from collections import Counter
from pathlib import Path

import torch
from mmaction.structures import ActionDataSample
from mmengine.config import Config
from mmengine.optim import build_optim_wrapper
from torch.profiler import ProfilerActivity, profile
from torch.utils.benchmark import Timer

import projects.xvit  # noqa: F401
from projects.xvit.analysis import build_recognizer, view_shape
from projects.xvit.benchmark.compare import DTYPES
from projects.xvit.benchmark.memory import model_bytes, peak_bytes
from projects.xvit.multiply_adds import count_multiply_adds

PEAK = 989e12  # FLOP/s of an H100 or H200 (SXM) by the data sheet, dense.
HEAD = (
    *('recipe', 'clips', 'ms a step', 'clips/s', 'peak memory'),
    *('TFLOP/s', 'of a matrix product', 'MFU', 'waits'),
)


class Recipe:
    """A config's model and optimizer on a device, and random clips of its length."""

    def __init__(self, path: str, args: argparse.Namespace):
        cfg = Config.fromfile(path)
        self.model = build_recognizer(cfg)
        shape = view_shape(cfg)
        self.flops = 6 * args.batch * count_multiply_adds(self.model, shape)
        self.clips = f'{args.batch} x {shape[2]} x {shape[3]} x {shape[4]}'
        self.model.to(args.device).train()
        wrapper = cfg.optim_wrapper
        wrapper.type = 'OptimWrapper' if args.dtype == 'float32' else 'AmpOptimWrapper'
        if args.dtype == 'float32':
            for key in ('dtype', 'loss_scale'):
                wrapper.pop(key, None)
        else:
            wrapper.dtype = args.dtype
        if args.dtype == 'float16':
            wrapper.loss_scale = 'dynamic'
        self.optimizer = build_optim_wrapper(self.model, wrapper)
        self.data = dict(
            inputs=[
                torch.randint(256, shape, dtype=torch.uint8) for _ in range(args.batch)
            ],
            data_samples=[ActionDataSample().set_gt_label(0) for _ in range(args.batch)],
        )
        if args.compile:
            self.model.train_step = torch.compile(self.model.train_step)

    def bytes(self) -> int:
        """Bytes of the parameters, the buffers and the optimizer's state."""
        states = self.optimizer.optimizer.state.values()
        values = (value for state in states for value in state.values())
        state = sum(value.nbytes for value in values if isinstance(value, torch.Tensor))
        return model_bytes(self.model) + state

    def step(self) -> None:
        """One step, as MMEngine's loop runs it."""
        self.model.train_step(self.data, optim_wrapper=self.optimizer)


def matrix_product_rate(device: str, dtype: str, side: int) -> float:
    """FLOP/s of the product of two square matrices of random numbers."""
    a, b = (torch.randn(side, side, device=device).to(getattr(torch, dtype)) for _ in 'ab')
    timer = Timer('a @ b', globals=dict(a=a, b=b))
    return 2 * side**3 / timer.blocked_autorange(min_run_time=0.3).median


def waits(step, device: str) -> Counter:
    """Where the host waits for the GPU in a step, as ``file:line``.

    Without a GPU nothing waits. Then this counts the reads of single numbers, each of which
    would.
    """
    if device == 'cpu':
        with profile(activities=[ProfilerActivity.CPU]) as profiled:
            step()
        reads = [e for e in profiled.events() if e.name == 'aten::_local_scalar_dense']
        return Counter({'reads of a number': len(reads)} if reads else {})
    torch.cuda.synchronize()
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode('warn')
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter('always')
            step()
    finally:
        torch.cuda.set_sync_debug_mode(before)
    return Counter(
        f'{"/".join(Path(each.filename).parts[-3:])}:{each.lineno}'
        for each in caught
        if 'synchroniz' in str(each.message)
    )


def measure(path: str, args: argparse.Namespace, rate: float) -> tuple[list[str], Counter]:
    """A row of the table, and the waits."""
    recipe = Recipe(path, args)
    for _ in range(args.warmup):
        recipe.step()
    device = torch.device(args.device)
    memory = recipe.bytes() + peak_bytes(recipe.step, device)
    # The timer waits for the GPU before it reads the clock.
    timer = Timer('step()', globals=dict(step=recipe.step))
    seconds = timer.timeit(args.rounds).mean
    found = waits(recipe.step, args.device)
    speed = recipe.flops / seconds
    known = args.device != 'cpu' and args.dtype != 'float32'
    known = known and any(n in torch.cuda.get_device_name() for n in ('H100', 'H200'))
    row = [
        path,
        recipe.clips,
        f'{1000 * seconds:.1f}',
        f'{args.batch / seconds:.1f}',
        f'{memory / 2**30:.2f} GiB',
        f'{speed / 1e12:.3g}',
        f'{100 * speed / rate:.0f} %',
        f'{100 * speed / PEAK:.1f} %' if known else '',
        str(sum(found.values())),
    ]
    if args.profile:
        print(f'{path}\n```\n{kernels(recipe.step, args.device)}\n```')
    return row, found


def kernels(step, device: str) -> str:
    """The operators and kernels that take most of a step's time."""
    activities = [ProfilerActivity.CPU]
    if device != 'cpu':
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as profiled:
        step()
        if device != 'cpu':
            torch.cuda.synchronize()
    key = 'self_cpu_time_total' if device == 'cpu' else 'self_device_time_total'
    return profiled.key_averages().table(
        sort_by=key, row_limit=20, max_name_column_width=60
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('configs', nargs='+', metavar='CONFIG')
    add('--batch', type=int, default=8)
    add('--device', default='cpu', choices=['cpu', 'cuda'])
    add('--dtype', default='float32', choices=DTYPES, help="by MMEngine's AmpOptimWrapper")
    add('--compile', action='store_true', help='as `compile = True` in the config')
    add('--rounds', type=int, default=10)
    add('--warmup', type=int, default=3)
    add('--profile', action='store_true', help='print the operators that take most time')
    args = parser.parse_args()
    if args.device == 'cpu' and args.dtype != 'float32':
        parser.error("--dtype needs --device cuda, as MMEngine's AmpOptimWrapper does")

    rate = matrix_product_rate(
        args.device, args.dtype, 1024 if args.device == 'cpu' else 8192
    )
    found, lines = Counter(), [list(HEAD), ['---'] * len(HEAD)]
    for path in args.configs:
        row, places = measure(path, args, rate)
        lines.append(row)
        found += places
        if args.device == 'cuda':
            torch.cuda.empty_cache()
    device = torch.cuda.get_device_name() if args.device == 'cuda' else 'CPU'
    print(f'{device}, {args.dtype}{", compiled" if args.compile else ""}. ', end='')
    print(f'A matrix product runs at {rate / 1e12:.3g} TFLOP/s.\n')
    print('\n'.join(f'| {" | ".join(cells)} |' for cells in lines))
    if found:
        places = ', '.join(f'{place} ({count})' for place, count in found.most_common())
        print(f'\nThe host waits at: {places}.')


if __name__ == '__main__':
    main()
