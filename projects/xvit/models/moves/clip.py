"""What a move is, and what it is told of the tokens and of the layer it is in."""

from typing import NamedTuple

from torch import Tensor, nn


class Clip(NamedTuple):
    """How the tokens ``(N * T, P + H * W, ...)`` of a layer are laid out.

    Args:
        num_frames (int): T.
        grid (tuple[int, int]): Patches H, W.
        num_prefix_tokens (int): P, the class token and registers before the patches.
        rope (Tensor, optional): Rotary embedding of the patches, in timm's form.
        checkpointed (bool): Whether the layer is computed again in the backward pass.
    """

    num_frames: int
    grid: tuple[int, int]
    num_prefix_tokens: int
    rope: Tensor | None = None
    checkpointed: bool = False


class Layer(NamedTuple):
    """What a layer offers its moves; checked once, when the model is built.

    Args:
        channels (int): C of the tokens.
        attention_channels (int): C of queries, keys and values, and of the attention's
            output.
        num_heads (int): Attention heads h.
        has_class_token (bool): Whether the first token is a class token.
    """

    channels: int
    attention_channels: int
    num_heads: int
    has_class_token: bool


class Move(nn.Module):
    """A move at a place: parameter-free, it calls one op."""

    def check_layer(self, layer: Layer) -> None:
        """Raise ``ValueError`` if the layer has no place for the move; here every has."""

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` for clips that the move cannot take; here it takes all."""


def check_span(span: int | None, num_frames: int) -> None:
    """Raise ``ValueError`` if ``span`` does not divide the clip."""
    if num_frames % (span or 1):
        raise ValueError(
            f'the number of frames must be a multiple of span={span}, got {num_frames}'
        )
