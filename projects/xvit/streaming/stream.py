"""A backbone on a video of any length, frame by frame."""

from typing import Any

import torch
from torch import Tensor, nn

from ..models.moves import ChannelShift, LayerMoves
from .tape import Tape


class Stream:
    """Features of a video as its frames arrive, equal to those of the whole clip.

    A layer with X-ViT's mixing reads one frame to each side, so it finishes a frame as soon
    as the next one arrives. Each frame is computed once, at the cost of the image model,
    and is complete ``delay`` frames later. The features of all steps and of :meth:`flush`,
    one after another, are ``backbone(clip)``.

    Args:
        backbone (nn.Module): ``VideoViT``, ``TimmVideoViT``, ``VideoVisformer``, or a
            method on one of them, in evaluation mode. Its moves must be ``ChannelShift``.

    Raises:
        TypeError: If the backbone is not such a host.
        ValueError: If a move reads the whole clip, or the backbone is in training mode.
    """

    def __init__(self, backbone: nn.Module) -> None:
        if not hasattr(backbone, 'features'):
            raise TypeError(
                'backbone must be a VideoViT, TimmVideoViT or VideoVisformer, got '
                f'{type(backbone).__name__}'
            )
        if backbone.training:
            raise ValueError('backbone must be in evaluation mode: call backbone.eval()')
        layers = [m for m in backbone.modules() if isinstance(m, LayerMoves)]
        for move in (move for layer in layers for move in layer):
            if not isinstance(move, ChannelShift):
                raise ValueError(
                    f'{type(move).__name__} reads the whole clip, so it cannot be streamed'
                )
        self.delay = sum(map(layer_delay, layers))
        reaches = [-o for layer in layers for move in layer for o in move.offsets]
        self.advance = Advance(backbone, self.delay, self.delay + max(0, 0, *reaches))
        self.times = self.next_time = self.buffers = None

    @torch.no_grad()
    def step(self, frames: Tensor) -> Tensor:
        """Take the next frames, and return the features that are complete.

        Args:
            frames (Tensor): ``(N, 3, t, H, W)``, normalized pixels of N streams, t >= 1.

        Returns:
            Tensor: ``(N, t', C)``, of the frames that arrived ``delay`` frames ago, with
            ``t'`` from 0 to t. The attribute ``finished``, ``(N, t')``, has the number of
            each frame in its stream. A stream that was reset later than others has NaN for
            frames before its start, with a number below 0.

        Raises:
            ValueError: If the shape is wrong, or N, H or W is not as in the steps before.
                The stream stays as it was.
        """
        if frames.ndim != 5 or frames.shape[1] != 3 or 0 in frames.shape:
            raise ValueError(
                f'frames must be (N, 3, t, H, W), none empty, got {tuple(frames.shape)}'
            )
        before, shape = self.state_dict(), frames.shape[:1] + frames.shape[3:]
        if self.times is None:
            self._start(frames)
        elif shape != self.shape:
            raise ValueError(
                f'N, H, W must be {tuple(self.shape)} as in the steps before, got '
                f'{tuple(shape)}; reset() before other sizes'
            )
        numbers = torch.arange(frames.shape[2], device=frames.device)
        new = self.next_time[:, None] + numbers
        self.next_time = self.next_time + len(numbers)
        try:
            return self._advance(frames, new)
        except Exception:  # The stream stays as it was, and may get another frame.
            self.load_state_dict(before)
            raise

    @torch.no_grad()
    def flush(self) -> Tensor:
        """Return the features of the last ``delay`` frames, as at a clip's end, and reset.

        Returns:
            Tensor: ``(N, t', C)``.

        Raises:
            ValueError: If there was no step.
        """
        if self.times is None:
            raise ValueError('flush() needs a step() before it')
        count = max(self.delay, 1)
        blank = self.blank.expand(self.shape[0], 3, count, *self.shape[1:])
        missing = self.times.new_full((self.shape[0], count), -1)
        features = self._advance(blank, missing)
        self.reset()
        return features

    def reset(self, streams: Tensor | list[int] | None = None) -> None:
        """Start anew: the next frame is a stream's first.

        Args:
            streams (Tensor | list[int], optional): Which of the N streams; all if None.
        """
        if self.times is None:
            return
        if streams is None:
            self.times = self.next_time = self.buffers = None
            return
        self.times, self.next_time = self.times.clone(), self.next_time.clone()
        self.times[streams], self.next_time[streams] = -1, 0

    def state_dict(self) -> dict[str, Any]:
        """The state that :meth:`load_state_dict` continues from, made of tensors."""
        if self.times is None:
            return {}
        return dict(
            times=self.times,
            next_time=self.next_time,
            blank=self.blank,
            buffers=self.buffers,
        )

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from where :meth:`state_dict` was called, with the same weights.

        Raises:
            KeyError: If ``state`` is not a stream's.
        """
        self.reset()
        if state:
            self.times, self.next_time = state['times'], state['next_time']
            self.blank, self.buffers = state['blank'], list(state['buffers'])

    @property
    def megabytes(self) -> float:
        """The size of the state in MB (10^6 bytes). It does not grow with time."""
        if self.times is None:
            return 0.0
        tensors = (self.times, self.next_time, self.blank, *self.buffers)
        # Queries, keys and values of a frame may share one block of memory.
        blocks = {s.data_ptr(): s for s in (t.untyped_storage() for t in tensors)}
        return sum(block.nbytes() for block in blocks.values()) / 1e6

    @property
    def shape(self) -> torch.Size:
        """N, H, W."""
        return self.times.shape[:1] + self.blank.shape[3:]

    def _start(self, frames: Tensor) -> None:
        num_streams = frames.shape[0]
        history = self.advance.history
        self.times = frames.new_full((num_streams, history), -1, dtype=torch.long)
        self.next_time = frames.new_zeros(num_streams, dtype=torch.long)
        self.blank = torch.zeros_like(frames[:1, :, :1])

    def _advance(self, frames: Tensor, new_times: Tensor) -> Tensor:
        features, done, self.times, self.buffers = self.advance(
            frames, new_times, self.times, self.buffers
        )
        exists = (done >= 0).any(dim=0)
        self.finished = done[:, exists]
        return features[:, exists]


class Advance(nn.Module):
    """One step as a function of the state, for ``torch.compile`` and ``torch.export``.

    Args:
        backbone (nn.Module): A host.
        delay (int): Frames between a frame and its feature.
        history (int): How many frame numbers the state has.
    """

    def __init__(self, backbone: nn.Module, delay: int, history: int) -> None:
        super().__init__()
        self.backbone, self.delay, self.history = backbone, delay, history

    def forward(
        self, frames: Tensor, new_times: Tensor, times: Tensor, buffers: list[Tensor] | None
    ) -> tuple[Tensor, Tensor, Tensor, list[Tensor]]:
        """Take t frames, and return the features of those that arrived ``delay`` ago.

        Args:
            frames (Tensor): ``(N, 3, t, H, W)``.
            new_times (Tensor): ``(N, t)``, their numbers; -1 for a frame that is missing.
            times (Tensor): ``(N, history)``, the numbers of the frames before.
            buffers (list[Tensor], optional): The last step's; None at the start.

        Returns:
            tuple: Features ``(N, t, C)``, NaN for frames that are missing; their numbers
            ``(N, t)``; and ``times`` and ``buffers`` for the next step.
        """
        count = frames.shape[2]
        times = torch.cat([times, new_times], dim=1)
        tape = Tape(buffers, times, count)
        features = self.backbone.features(frames, tape)
        done = tape.times_of(self.delay, count)
        features = features.masked_fill(done[..., None] < 0, torch.nan)
        # A copy: a view would keep the whole step in memory.
        kept = times[:, times.shape[1] - self.history :].clone()
        return features, done, kept, tape.written


def layer_delay(moves: LayerMoves) -> int:
    """How many frames later than its input a layer's output is complete."""
    ahead = dict.fromkeys(('stream', 'tokens', 'keys', 'values', 'output'), 0)
    for move in moves:
        for place in ('keys', 'values') if move.at == 'keys_values' else (move.at,):
            ahead[place] += move.ahead
    # The residual stream is shifted twice, before attention and before the MLP.
    before, after = 2 * ahead['stream'] + ahead['tokens'], ahead['output']
    return before + max(ahead['keys'], ahead['values']) + after
