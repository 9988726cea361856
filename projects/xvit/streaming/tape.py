"""One step of a stream: the frames that each channel shift keeps for the next step."""

from collections.abc import Callable, Iterable, Iterator

import torch
from torch import Tensor

from ..models.moves import ChannelShift, Clip


class Tape:
    """The buffers of one step, read and written in the order in which the layers ask.

    With ``a`` its largest offset, a channel shift needs frame ``s + a`` for frame s. So its
    result is late: given t new frames, it returns t frames, which arrived ``a`` frames
    before these. Everything that meets this result in the layer is delayed by as much.
    ``now`` is the delay of the frames that the layer works on, ``residual`` that of the
    residual stream.

    Args:
        buffers (list[Tensor], optional): What the last step wrote; None at the start.
        times (Tensor): ``(N, history + t)``, the number of each frame in its stream, for
            the t new frames and those before. Below 0 for frames that do not exist.
        num_frames (int): t.
    """

    def __init__(
        self, buffers: list[Tensor] | None, times: Tensor, num_frames: int
    ) -> None:
        self.read: Iterator[Tensor] | None = None if buffers is None else iter(buffers)
        self.written: list[Tensor] = []
        self.times = times
        self.num_frames = num_frames
        self.now = self.residual = 0

    @property
    def new_times(self) -> Tensor:
        """The numbers of the new frames, ``(N, t)``."""
        return self.times_of(0, self.num_frames)

    def times_of(self, delay: int, count: int) -> Tensor:
        """The numbers of the last ``count`` of the frames that are late by ``delay``."""
        end = self.times.shape[1] - delay
        return self.times[:, end - count : end]

    def delay(self, x: Tensor, frames: int) -> Tensor:
        """Return ``(N * t, ...)`` as it was this many frames ago."""
        if frames == 0:
            return x
        return self._remember(x, frames)(0, self.num_frames).flatten(0, 1)

    def shift(self, move: ChannelShift, x: Tensor) -> Tensor:
        """Shift the channels of ``(N * t, S, h, d)``, late by ``move.ahead`` frames."""
        ahead, count = move.ahead, self.num_frames
        back = max(0, 0, *(-offset for offset in move.offsets))
        if not move.offsets:
            return x
        if move.tokens == 'class':
            x = x.clone()  # As a view it would keep the patches in memory.
        take = self._remember(x if move.per_head else x.flatten(-2), back + ahead)
        times = self.times_of(self.now, back + ahead + count)
        own, own_times = take(back, back + count), times[:, back : back + count]
        fold, groups = own.shape[-1] // move.div, []
        for i, offset in enumerate(move.offsets):
            group = slice(i * fold, (i + 1) * fold)
            start, stop = back + offset, back + offset + count
            exists = times[:, start:stop] >= 0
            if move.span is not None:
                exists &= times[:, start:stop] // move.span == own_times // move.span
            exists = exists.view(*exists.shape, *(1,) * (own.ndim - 2))
            there = take(start, stop)[..., group]
            if move.edge == 'keep':
                groups.append(torch.where(exists, there, own[..., group]))
            else:  # On a CPU `where` takes 1.5 times as long.
                groups.append(there.masked_fill(~exists, 0))
        groups.append(own[..., len(move.offsets) * fold :])
        self.now += ahead
        if move.at == 'stream':
            self.residual = self.now
        return torch.cat(groups, dim=-1).reshape(x.shape)

    def mix(
        self,
        of_keys: Iterable[ChannelShift],
        of_values: Iterable[ChannelShift],
        q: Tensor,
        k: Tensor,
        v: Tensor,
        clip: Clip,
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Shift keys and values, and delay all three to the latest of them."""
        start = self.now
        for move in of_keys:
            k = move(k, clip)
        of_k, self.now = self.now, start
        for move in of_values:
            v = move(v, clip)
        of_v = self.now
        self.now = max(of_k, of_v)
        delays = (self.now - delay for delay in (start, of_k, of_v))
        q, k, v = (self.delay(z, delay) for z, delay in zip((q, k, v), delays))
        return q, k, v

    def join(self, x: Tensor) -> Tensor:
        """Delay the residual stream to the frames that attention returned."""
        x = self.delay(x, self.now - self.residual)
        self.residual = self.now
        return x

    def _remember(self, x: Tensor, frames: int) -> Callable[[int, int], Tensor]:
        """Keep the last ``frames`` frames of x for the next step, one tensor for each.

        So a step of one frame, a camera's, copies none of the frames that it keeps.

        Returns:
            Callable: ``take(start, stop)`` of the kept frames followed by x, without a copy
            if these frames are all on one side.
        """
        count = self.num_frames
        x = x.unflatten(0, (-1, count))
        if self.read is None:
            past = [torch.zeros_like(x[:, :1])] * frames
        else:
            past = [next(self.read) for _ in range(frames)]

        def take(start: int, stop: int) -> Tensor:
            parts = past[start:stop]
            if stop > frames:
                parts = [*parts, x[:, max(start - frames, 0) : stop - frames]]
            return parts[0] if len(parts) == 1 else torch.cat(parts, dim=1)

        for i in range(count, count + frames):
            kept = take(i, i + 1)
            # Part of a longer step is copied: it would keep all of it in memory.
            self.written.append(kept.clone() if count > 1 and i >= frames else kept)
        return take
