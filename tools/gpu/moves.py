"""Time of each move, against the time to copy what it must copy.

A move writes a new tensor of its input's size, so it reads and writes every byte once, as a
copy does. The backward pass is another such copy. A ratio of 1 is the limit that the memory
sets. The tensor is several times larger than a GPU's cache::

    python tools/gpu/moves.py --device cuda --dtype bfloat16 --compile
"""

import argparse
from functools import partial

import torch
from torch.utils.benchmark import Timer

from projects.xvit.ops import as_mosaic, channel_shift, pair, patch_shift, unpair

FRAMES, HEADS = 16, 12


def cases(x: torch.Tensor) -> dict:
    """Each move as a function, and its input: a view of ``x``, ``(N, T, 196, 768)``."""
    fold, head = x.shape[-1] // 4, x.shape[-1] // HEADS // 4
    per_head = x.unflatten(-1, (HEADS, -1))
    frames = x.flatten(0, 1)
    mosaic = as_mosaic('official').to(x.device)
    return {
        'channel shift': (lambda z: channel_shift(z, (1, -1), fold), x),
        'channel shift in heads': (lambda z: channel_shift(z, (1, -1), head), per_head),
        'leap, level 1: pair': (lambda z: pair(z, FRAMES, 1), frames),
        'leap, level 1: part': (
            lambda z: unpair(z, FRAMES, 1),
            x.reshape(len(frames) // 2, -1, x.shape[-1]),
        ),
        'patch shift': (lambda z: patch_shift(z, mosaic), x.unflatten(2, (14, 14))),
    }


def seconds(function, *arguments) -> float:
    """Median time of a call."""
    timer = Timer(
        'function(*arguments)', globals=dict(function=function, arguments=arguments)
    )
    return timer.blocked_autorange(min_run_time=0.2).median


def forward_and_backward(move, x: torch.Tensor, gradient: torch.Tensor) -> None:
    torch.autograd.grad(move(x), x, gradient)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add('--device', default='cpu')
    add('--dtype', default='float32', choices=['float32', 'bfloat16'])
    add('--clips', type=int, default=64, help='of 16 x 196 x 768 numbers')
    add('--compile', action='store_true', help='compiled moves too')
    args = parser.parse_args()

    dtype = getattr(torch, args.dtype)
    x = torch.randn(args.clips, FRAMES, 196, 768, device=args.device).to(dtype)
    copy = seconds(torch.empty_like(x).copy_, x)
    rate = 2 * x.nbytes / copy / 1e9
    print(
        f'{x.nbytes / 2**20:.0f} MiB, {args.dtype}: a copy takes {1000 * copy:.3f} ms, ',
        end='',
    )
    print(f'reading and writing {rate:.0f} GB/s.\n')
    print('| move | mode | ms | of a copy | with backward, ms | of two copies |')
    print('| --- | --- | --- | --- | --- | --- |')
    modes = {'eager': lambda move: move}
    if args.compile:
        modes['compiled'] = partial(torch.compile, dynamic=False)
    for name, (move, y) in cases(x).items():
        for mode, prepare in modes.items():
            run = prepare(move)
            with torch.no_grad():
                forward = seconds(run, y)
            z = y.detach().requires_grad_()
            gradient = torch.randn_like(move(z))
            both = seconds(forward_and_backward, run, z, gradient)
            print(
                f'| {name} | {mode} | {1000 * forward:.3f} | {forward / copy:.2f} '
                f'| {1000 * both:.3f} | {both / copy / 2:.2f} |'
            )


if __name__ == '__main__':
    main()
