"""Channel shift as a move. All four methods use it."""

from collections.abc import Sequence

import torch
from mmaction.registry import MODELS
from torch import Tensor

from ...checks import check_choice
from ...ops import channel_shift
from .clip import Clip, Layer, Move, check_span

PLACES = ('stream', 'tokens', 'keys', 'values', 'keys_values', 'output')
TOKENS = ('all', 'class', 'patches')


@MODELS.register_module()
class ChannelShift(Move):
    """Take groups of channels from neighbouring frames, at a place in a layer.

    Group i, of ``C // div`` channels, comes from the frame ``offsets[i]`` steps away. The
    remaining channels are the frame's own. See :func:`ops.channel_shift`.

    Args:
        at (str): ``'stream'``, the residual stream, before attention and again before the
            MLP; ``'tokens'``, the layer's normed input; ``'keys'``, ``'values'`` or
            ``'keys_values'``, after the projection; ``'output'``, the attention's output
            before the output projection.
        offsets (Sequence[int]): Frame offset of each group.
        div (int | str): A group has ``C // div`` channels, or ``d // div`` of each head's
            d. With ``'heads'``, a group is one whole head: the heads take the offsets in
            turn, and the rest of the heads are the frame's own. List an offset twice to
            give it two heads.
        per_head (bool): Take the groups inside each head, instead of across all heads.
        edge (str): What to use where frame ``t + offset`` does not exist: ``'zero'``, or
            ``'keep'`` for the frame's own channels.
        span (int, optional): Shift only inside runs of this many frames.
        tokens (str): ``'all'``, ``'class'``, or ``'patches'`` (without class token and
            registers).

    Raises:
        ValueError: If ``at``, ``edge`` or ``tokens`` is unknown, ``div`` does not fit the
            layer's channels, or ``span`` does not divide the number of frames.
    """

    def __init__(
        self,
        at: str,
        offsets: Sequence[int] = (1, -1),
        div: int | str = 4,
        per_head: bool = False,
        edge: str = 'zero',
        span: int | None = None,
        tokens: str = 'all',
    ) -> None:
        super().__init__()
        check_choice('at', at, PLACES)
        check_choice('edge', edge, ('zero', 'keep'))
        check_choice('tokens', tokens, TOKENS)
        if isinstance(div, str):
            check_choice('div', div, ('heads',))
            if per_head:
                raise ValueError("div='heads' shifts whole heads: it needs per_head=False")
        self.at = at
        self.offsets = tuple(offsets)
        self.div = div
        self.per_head = per_head
        self.edge = edge
        self.span = span
        self.tokens = tokens

    def check_layer(self, layer: Layer) -> None:
        """Raise ``ValueError`` if the groups or ``tokens`` do not fit the layer."""
        whole = self.at in ('stream', 'tokens')
        channels = layer.channels if whole else layer.attention_channels
        if channels % layer.num_heads:
            raise ValueError(
                f'num_heads must divide the {channels} channels, got {layer.num_heads}'
            )
        if self.div == 'heads':
            if len(self.offsets) > layer.num_heads:
                raise ValueError(
                    f"offsets must be at most one for each of the layer's "
                    f'{layer.num_heads} heads, got {self.offsets}'
                )
            self.div = layer.num_heads
        if self.per_head:
            channels //= layer.num_heads
        least = max(len(self.offsets), 1)
        if not least <= self.div <= channels:
            raise ValueError(
                f'shift_div/div must be from {least} (number of neighbours) to {channels} '
                f'({"channels of a head" if self.per_head else "all channels"}), '
                f'got {self.div}'
            )
        if self.tokens == 'class' and not layer.has_class_token:
            raise ValueError("tokens='class' needs a class token, but this model has none")

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if ``span`` does not divide the number of frames."""
        check_span(self.span, num_frames)

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """Shift tokens ``(N * T, S, h, d)``, whose channels are split into heads."""
        if self.tokens == 'all':
            return self._shift(x, clip)
        count = 1 if self.tokens == 'class' else clip.num_prefix_tokens
        parts = [x[:, :count], x[:, count:]]
        moved = 0 if self.tokens == 'class' else 1
        parts[moved] = self._shift(parts[moved], clip)
        if clip.tape is not None:
            parts[1 - moved] = clip.tape.delay(parts[1 - moved], self.ahead)
        return torch.cat(parts, dim=1)

    @property
    def ahead(self) -> int:
        """How many later frames a frame needs."""
        return max(0, 0, *self.offsets)

    def _shift(self, x: Tensor, clip: Clip) -> Tensor:
        if clip.tape is not None:
            return clip.tape.shift(self, x)
        frames = x.unflatten(0, (-1, self.span or clip.num_frames))
        return self.shift_frames(frames).reshape(x.shape)

    def shift_frames(self, x: Tensor) -> Tensor:
        """Shift ``(N, T, ..., h, d)``; return ``(N, T, ..., C)`` unless ``per_head``."""
        if not self.per_head:
            x = x.flatten(-2)
        return channel_shift(x, self.offsets, x.shape[-1] // self.div, self.edge)
