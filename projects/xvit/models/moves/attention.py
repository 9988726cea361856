"""An image model's attention in three steps, with moves between them."""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .clip import Clip
from .layer_moves import LayerMoves


class MovingAttention:
    """A mixin for an image model's attention: project, mix, attend.

    A subclass implements :meth:`project`, and overrides what its image model does
    differently after the attention.
    """

    moves: LayerMoves

    def forward(self, x: Tensor, clip: Clip) -> Tensor:
        """Run the layer's attention with its moves.

        Args:
            x (Tensor): The layer's normed input, ``(N * T, S, C)``.
            clip (Clip): Layout of its tokens.

        Returns:
            Tensor: ``(N * T, S, C)``.
        """
        x = self.moves.tokens(x, clip)
        if self.moves.pairs_tokens and clip.rope is None:
            # The result is that of `mix`, with one copy of x instead of q, k and v.
            q, k, v = self.project(self.moves.pair(x, clip), clip)
        else:
            q, k, v = self.mix(*self.project(x, clip), clip)
        return self.attend(q, k, v, clip)

    def project(self, x: Tensor, clip: Clip) -> tuple[Tensor, Tensor, Tensor]:
        """Project each token of ``(B, S, C)`` to query, key and value, ``(B, S, h, d)``."""
        raise NotImplementedError

    def mix(self, q: Tensor, k: Tensor, v: Tensor, clip: Clip) -> tuple[Tensor, ...]:
        """Apply the moves of keys and values, and pair frames."""
        return self.moves.mix(q, k, v, clip)

    def attend(self, q: Tensor, k: Tensor, v: Tensor, clip: Clip) -> Tensor:
        """Compute ``softmax(q k^T / sqrt(d)) v``, apply the output's moves, project it.

        Args:
            q (Tensor): Queries ``(B, S, h, d)`` from :meth:`mix`.
            k, v (Tensor): Keys and values, with S or more tokens.
            clip (Clip): Layout of the frames' tokens.

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
        """Apply the norm that directly follows the attention; here none."""
        return x

    def project_output(self, x: Tensor) -> Tensor:
        """Apply the output projection to ``(N * T, S, C)``."""
        return self.proj(x)

    def finish(self, x: Tensor, clip: Clip) -> Tensor:
        """Apply what follows the output projection; here dropout."""
        return self.proj_drop(x)

    def dropout_p(self) -> float:
        """Dropout rate of the attention weights; 0 in evaluation."""
        rate = self.attn_drop.p if isinstance(self.attn_drop, nn.Module) else self.attn_drop
        return rate if self.training else 0.0


def set_moves(attn: nn.Module, attention: type, moves: LayerMoves) -> None:
    """Change the class of ``attn`` to its subclass ``attention``, and add ``moves``.

    The module, its parameters and their names stay the same.
    """
    attn.__class__ = attention
    attn.moves = moves


def recomputed(
    move: Callable[[Tensor], Tensor], linear: Callable[[Tensor], Tensor], x: Tensor
) -> Tensor:
    """Compute ``linear(move(x))``, but save ``x`` for the backward pass, not ``move(x)``.

    The attention saves ``x`` anyway. Moving it again in the backward pass costs one copy.
    """
    moved = move(x)
    if torch.compiler.is_compiling() or not moved.requires_grad or moved is x:
        return linear(moved)
    kept, moved_at = x.detach(), moved.data_ptr()
    size, whole = moved.numel(), moved.is_contiguous()

    def pack(saved: Tensor) -> Tensor | tuple:  # Autograd keeps it, so it holds no tensor.
        view = whole and saved.numel() == size and saved.data_ptr() == moved_at
        return (saved.shape, saved.stride()) if view else saved

    def unpack(saved: Tensor | tuple) -> Tensor:
        if isinstance(saved, Tensor):
            return saved
        with torch.no_grad():
            return move(kept).contiguous().as_strided(*saved)

    with torch.autograd.graph.saved_tensors_hooks(pack, unpack):
        return linear(moved)
