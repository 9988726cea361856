"""The moves of one layer, each at its place."""

from collections.abc import Iterator, Sequence

import torch
from mmaction.registry import MODELS
from torch import Tensor, nn

from .channel_shift import ChannelShift
from .clip import Clip, Layer, Move
from .leap import Leap
from .patch_shift import PatchShift
from .summary_tokens import SummaryTokens

# The places at which keys and values are shifted.
KEYS, VALUES = ('keys', 'keys_values'), ('values', 'keys_values')


class LayerMoves(nn.ModuleList):
    """The moves of one layer, which calls each method at the matching place.

    The order is: stream, tokens, projection, keys and values, pairing, attention,
    unpairing, inverse patch shift, output, output projection. Moves of one place act in
    the order of the list, their inverses in the opposite order.

    Args:
        moves (Sequence[dict]): Configs of the moves; may be empty.
        layer (Layer): Sizes of the layer.

    Raises:
        TypeError: If an entry is not a move.
        ValueError: If a move does not fit the layer, or two do not fit together.
    """

    def __init__(self, moves: Sequence[dict], layer: Layer) -> None:
        super().__init__(map(_build, moves))
        for move in self:
            move.check_layer(layer)
        for kind in (Leap, SummaryTokens):
            if len(self._all(kind)) > 1:
                raise ValueError(
                    f'a layer can have only one {kind.__name__}, got {list(moves)!r}'
                )
        self.num_heads = layer.num_heads

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if a move does not support clips of this length."""
        for move in self:
            move.check_frames(num_frames)

    @property
    def pairs_tokens(self) -> bool:
        """Whether frames can pair before the projection: no move acts in between."""
        kinds = {type(move) for move in self}
        kv_shifts = [*self._shifts(*KEYS, *VALUES)]
        return Leap in kinds and SummaryTokens not in kinds and len(kv_shifts) == 0

    def stream(self, x: Tensor, clip: Clip) -> Tensor:
        """Shift the residual stream ``(N * T, S, C)``, before attention and the MLP."""
        return self._shift('stream', x, clip)

    def skip(self, x: Tensor, clip: Clip) -> Tensor:
        """Return the residual ``(N * T, S, C)`` of the frames that attention returned."""
        return x if clip.tape is None else clip.tape.join(x)

    def tokens(self, x: Tensor, clip: Clip) -> Tensor:
        """Shift the normed input ``(N * T, S, C)`` before it is projected."""
        for move in self:
            if isinstance(move, PatchShift):
                x = move(x, clip)
            elif isinstance(move, ChannelShift) and move.at == 'tokens':
                x = self._heads(move, x, clip)
        return x

    def mix(self, q: Tensor, k: Tensor, v: Tensor, clip: Clip) -> tuple[Tensor, ...]:
        """Shift keys and values ``(N * T, S, h, d)``, append summaries, pair frames."""
        if clip.tape is not None:
            return clip.tape.mix(self._shifts(*KEYS), self._shifts(*VALUES), q, k, v, clip)
        summary = self._all(SummaryTokens)
        appended = [(move(k, clip), move(v, clip)) for move in summary]
        projected = k, v
        for move in self._shifts(*KEYS):
            k = move(k, clip)
        for move in self._shifts(*VALUES):
            v = move(v, clip)
        if torch.is_grad_enabled() and k is not projected[0] and v is not projected[1]:
            # q is a view of the joint projection. Copied, it does not keep the old k and v.
            q = q.contiguous()
        for k_summary, v_summary in appended:
            k, v = torch.cat([k, k_summary], dim=1), torch.cat([v, v_summary], dim=1)
        return self.pair(q, clip), self.pair(k, clip), self.pair(v, clip)

    def pair(self, x: Tensor, clip: Clip) -> Tensor:
        """Pair the frames of ``(N * T, S, ...)``, if the layer has a ``Leap``."""
        for leap in self._all(Leap):
            x = leap(x, clip)
        return x

    @property
    def acts_on_output(self) -> bool:
        """Whether :meth:`output` changes anything."""
        inverses = [move for move in self if isinstance(move, Leap | PatchShift)]
        return len(inverses) + len([*self._shifts('output')]) > 0

    def output(self, x: Tensor, clip: Clip) -> Tensor:
        """Undo pairing and patch shift, then shift the output ``(N * T, S, C)``."""
        for leap in self._all(Leap):
            x = leap.inverse(x, clip)
        for move in reversed(self._all(PatchShift)):
            x = move.inverse(x, clip)
        return self._shift('output', x, clip)

    def _shift(self, place: str, x: Tensor, clip: Clip) -> Tensor:
        for move in self._shifts(place):
            x = self._heads(move, x, clip)
        return x

    def _heads(self, move: ChannelShift, x: Tensor, clip: Clip) -> Tensor:
        return move(x.unflatten(-1, (self.num_heads, -1)), clip).flatten(-2)

    def _shifts(self, *places: str) -> Iterator[ChannelShift]:
        return (m for m in self if isinstance(m, ChannelShift) and m.at in places)

    def _all(self, kind: type[Move]) -> list[Move]:
        return [move for move in self if isinstance(move, kind)]


def _build(move: dict) -> Move:
    built = MODELS.build(move) if isinstance(move, dict) else move
    if not isinstance(built, Move):
        raise TypeError(f'moves must be lists of config dicts of moves, got {move!r}')
    return built


def per_layer(moves: Sequence[Sequence[dict]], depth: int) -> list[Sequence[dict]]:
    """A list of moves for each of ``depth`` layers: layer i gets entry ``i % len(moves)``.

    Raises:
        TypeError: If ``moves`` is not a list of lists.
    """
    if not isinstance(moves, list | tuple) or any(
        not isinstance(entry, list | tuple) for entry in moves
    ):
        raise TypeError(f'moves must be a list of lists, one per layer, got {moves!r}')
    lists = moves or [[]]
    return [lists[i % len(lists)] for i in range(depth)]
