"""An image model's attention in three steps, between which moves act."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .clip import Clip
from .layer_moves import LayerMoves


class MovingAttention:
    """Mixed into an image model's attention: project, mix, attend.

    A subclass says how its image model projects, :meth:`project`, and where it differs
    behind the attention. Parameters stay where they are: :func:`set_moves` turns an image
    model's attention into a subclass.
    """

    moves: LayerMoves

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """The layer's attention with its moves.

        Args:
            x (Tensor): The layer's normed input, ``(N * T, S, C)``.
            clip (Clip): How its tokens are laid out.

        Returns:
            Tensor: ``(N * T, S, C)``.
        """
        x = self.moves.tokens(x, clip)
        if self.moves.pairs_tokens and clip.rope is None:
            # As mixing would, but one copy of the tokens, not three of q, k and v.
            q, k, v = self.project(self.moves.pair(x, clip), clip)
        else:
            q, k, v = self.mix(*self.project(x, clip), clip)
        return self.attend(q, k, v, clip)

    def project(self, x: Tensor, clip: Clip) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values ``(B, S, h, d)`` of ``(B, S, C)``, per-frame."""
        raise NotImplementedError

    def mix(self, q: Tensor, k: Tensor, v: Tensor, clip: Clip) -> tuple[Tensor, ...]:
        """The moves of keys and values, and the pairing: what attends to what."""
        return self.moves.mix(q, k, v, clip)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, clip: Clip) -> Tensor:
        """``softmax(q k^T / sqrt(d)) v``, taken apart again, and the output projection.

        Args:
            q (Tensor): Queries ``(B, S, h, d)``, as :meth:`mix` gives them.
            k (Tensor): Keys, with S or more tokens.
            v (Tensor): Values, likewise.
            clip (Clip): How the frames' tokens are laid out.

        Returns:
            Tensor: ``(N * T, S, C)``.
        """
        q, k, v = (z.transpose(1, 2) for z in (q, k, v))
        x = F.scaled_dot_product_attention(q, k, v, dropout_p=self.dropout_p())
        x = self.normalize(x.transpose(1, 2).flatten(2))
        if self.moves.acts_on_output and not clip.checkpointed:
            x = recomputed(lambda y: self.moves.output(y, clip), self.project_output, x)
        else:
            x = self.project_output(self.moves.output(x, clip))
        return self.finish(x, clip)

    def normalize(self, x: Tensor) -> Tensor:
        """What the image model does to the attention's output at once: nothing."""
        return x

    def project_output(self, x: Tensor) -> Tensor:
        """The output projection of ``(N * T, S, C)``."""
        return self.proj(x)

    def finish(self, x: Tensor, clip: Clip) -> Tensor:
        """What follows the output projection: dropout."""
        return self.proj_drop(x)

    def dropout_p(self) -> float:
        """Of the attention weights, in training."""
        rate = self.attn_drop.p if isinstance(self.attn_drop, nn.Module) else self.attn_drop
        return rate if self.training else 0.0


def set_moves(attn: nn.Module, attention: type, moves: LayerMoves) -> None:
    """Turn an image model's attention into ``attention``, its subclass, with moves.

    It stays the same module with the same parameters, which have the same names.
    """
    attn.__class__ = attention
    attn.moves = moves


def recomputed(
    move: Callable[[Tensor], Tensor], linear: Callable[[Tensor], Tensor], x: Tensor
) -> Tensor:
    """``linear(move(x))``, which keeps ``x`` for the backward pass and not ``move(x)``.

    The attention keeps its output anyway; moving it again costs a copy.
    """
    moved = move(x)
    if torch.compiler.is_compiling() or not moved.requires_grad or moved is x:
        return linear(moved)
    kept, moved_at = x.detach(), moved.data_ptr()
    size, whole = moved.numel(), moved.is_contiguous()

    def pack(saved: Tensor) -> Tensor | tuple:  # Autograd keeps it: it must hold no tensor.
        view = whole and saved.numel() == size and saved.data_ptr() == moved_at
        return (saved.shape, saved.stride()) if view else saved

    def unpack(saved: Tensor | tuple) -> Tensor:
        if isinstance(saved, Tensor):
            return saved
        with torch.no_grad():
            return move(kept).contiguous().as_strided(*saved)

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        return linear(moved)
