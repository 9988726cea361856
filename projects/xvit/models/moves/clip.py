"""The base class of moves, and the descriptions of clip and layer that moves receive."""

from typing import NamedTuple

from torch import Tensor, nn


class Clip(NamedTuple):
    """Layout of a layer's tokens ``(N * T, P + H * W, ...)``.

    Args:
        num_frames (int): T.
        grid (tuple[int, int]): Patches H, W.
        num_prefix_tokens (int): P, class token and registers, which precede the patches.
        rope (Tensor, optional): Rotary embedding of the patches, in timm's form.
        checkpointed (bool): Whether the backward pass recomputes the layer.
        tape (Tape, optional): The buffers of a ``streaming.Stream``, whose step this is.
    """

    num_frames: int
    grid: tuple[int, int]
    num_prefix_tokens: int
    rope: Tensor | None = None
    checkpointed: bool = False
    tape: object = None


class Layer(NamedTuple):
    """A layer's sizes. Moves are checked against them when the model is built.

    Args:
        channels (int): C of the tokens.
        attention_channels (int): C of queries, keys, values and the attention's output.
        num_heads (int): Attention heads h.
        has_class_token (bool): Whether the first token is a class token.
    """

    channels: int
    attention_channels: int
    num_heads: int
    has_class_token: bool


class Move(nn.Module):
    """A parameter-free module that calls one op at a place in a layer."""

    def check_layer(self, layer: Layer) -> None:
        """Raise ``ValueError`` if the move does not fit the layer. By default it fits."""

    def check_frames(self, num_frames: int) -> None:
        """Raise ``ValueError`` if the move does not support T frames. By default, any T."""


def check_span(span: int | None, num_frames: int) -> None:
    """Raise ``ValueError`` if ``span`` does not divide the number of frames."""
    if num_frames % (span or 1):
        raise ValueError(
            f'the number of frames must be a multiple of span={span}, got {num_frames}'
        )
