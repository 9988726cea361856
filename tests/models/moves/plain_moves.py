"""A transformer layer with any list of moves, in plain loops over clips, frames and heads.

:class:`Host` describes a host by its steps for the tokens of one frame. Moves are dicts, as
in configs. Their order is: stream, tokens, projection, keys and values, pairing, attention,
unpairing, inverse patch shift, output, output projection.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Frames = list[Tensor]  # (S, C) each


@dataclass
class Host:
    """The steps of a layer for the tokens ``(S, C)`` of one frame."""

    num_heads: int
    prefix: int
    grid: tuple[int, int]
    norm1: Callable[[Tensor], Tensor]
    project: Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
    out: Callable[[Tensor], Tensor]
    mlp: Callable[[Tensor], Tensor]


def layer(frames: Frames, moves: list[dict], host: Host) -> Frames:
    """The frames of one clip after the layer."""
    frames = stream(frames, moves, host)
    attended = attention([host.norm1(x) for x in frames], moves, host)
    frames = [x + y for x, y in zip(frames, attended)]
    frames = stream(frames, moves, host)
    return [x + host.mlp(x) for x in frames]


def attention(frames: Frames, moves: list[dict], host: Host) -> Frames:
    for move in moves:
        if move['type'] == 'PatchShift':
            frames = patches(frames, move, host, back=False)
        elif move.get('at') == 'tokens':
            frames = channels(frames, move, host)
    q, k, v = map(list, zip(*map(host.project, frames)))

    sums = [m for m in moves if m['type'] == 'SummaryTokens']
    summaries = [(averages(k, sums, host), averages(v, sums, host))] if sums else []
    for move in moves:
        if move.get('at') in ('keys', 'keys_values'):
            k = channels(k, move, host)
        if move.get('at') in ('values', 'keys_values'):
            v = channels(v, move, host)
    for k_summary, v_summary in summaries:
        k = [torch.cat([x, s]) for x, s in zip(k, k_summary)]
        v = [torch.cat([x, s]) for x, s in zip(v, v_summary)]

    out = [None] * len(frames)
    for meeting in meetings(len(frames), moves):
        joint = [torch.cat([z[t] for t in meeting]) for z in (q, k, v)]
        attended = attend(*joint, host.num_heads)
        for t, part in zip(meeting, attended.split([len(q[t]) for t in meeting])):
            out[t] = part
    for move in reversed(moves):
        if move['type'] == 'PatchShift':
            out = patches(out, move, host, back=True)
    for move in moves:
        if move.get('at') == 'output':
            out = channels(out, move, host)
    return [host.out(x) for x in out]


def stream(frames: Frames, moves: list[dict], host: Host) -> Frames:
    for move in moves:
        if move.get('at') == 'stream':
            frames = channels(frames, move, host)
    return frames


def channels(frames: Frames, move: dict, host: Host) -> Frames:
    """Group i of the channels comes from the frame ``offsets[i]`` away."""
    width = frames[0].shape[1]
    cuts = host.num_heads if move.get('per_head') else 1
    group = width // cuts // move['div']
    span = move.get('span') or len(frames)
    rows = dict(all=slice(None), patches=slice(host.prefix, None))
    rows['class'] = slice(0, 1)
    rows = rows[move.get('tokens', 'all')]
    shifted = [x.clone() for x in frames]
    for t in range(len(frames)):
        for i, offset in enumerate(move['offsets']):
            source = t + offset
            there = 0 <= source < len(frames) and source // span == t // span
            if not there and move.get('edge') == 'keep':
                continue
            for cut in range(cuts):
                first = cut * (width // cuts) + i * group
                place = rows, slice(first, first + group)
                shifted[t][place] = frames[source][place] if there else 0.0
    return shifted


def patches(frames: Frames, move: dict, host: Host, back: bool) -> Frames:
    """Patch (r, c) comes from frame ``(t - m) mod T``, or returns to its own frame."""
    pattern = move['pattern']
    shown = [x.clone() for x in frames]
    for t in range(len(frames)):
        for i in range(host.grid[0] * host.grid[1]):
            row, column = divmod(i, host.grid[1])
            cells = pattern[row % len(pattern)]
            m = cells[column % len(cells)]
            source = (t + m if back else t - m) % len(frames)
            shown[t][host.prefix + i] = frames[source][host.prefix + i]
    return shown


def averages(frames: Frames, moves: list[dict], host: Host) -> Frames:
    """For each frame, the patch averages of all frames of its run."""
    span = moves[0].get('span') or len(frames)
    means = [x[host.prefix :].mean(0) for x in frames]
    runs = [t // span * span for t in range(len(frames))]
    return [torch.stack(means[run : run + span]) for run in runs]


def meetings(num_frames: int, moves: list[dict]) -> list[list[int]]:
    """Going through t in order, each frame without a partner is paired with t + L."""
    levels = [m['level'] for m in moves if m['type'] == 'Leap']
    level = levels[0] if levels else None
    if level is None:
        return [[t] for t in range(num_frames)]
    if level == 'all':
        return [list(range(num_frames))]
    taken, pairs = set(), []
    for t in range(num_frames):
        if t not in taken:
            pairs.append([t, t + num_frames // 2**level])
            taken.update(pairs[-1])
    return pairs


def attend(q: Tensor, k: Tensor, v: Tensor, num_heads: int) -> Tensor:
    d = q.shape[1] // num_heads
    heads = []
    for head in range(num_heads):
        part = slice(head * d, (head + 1) * d)
        scores = q[:, part] @ k[:, part].T / math.sqrt(d)
        heads.append(scores.softmax(-1) @ v[:, part])
    return torch.cat(heads, dim=1)
