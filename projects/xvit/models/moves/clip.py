"""What a move is told of the tokens it gets, and of the layer it is in."""

from typing import NamedTuple


class Clip(NamedTuple):
    """How the tokens ``(N * T, P + H * W, ...)`` of a layer are laid out.

    Args:
        num_frames (int): T.
        grid (tuple[int, int]): Patches H, W.
        num_prefix_tokens (int): P, the class token and registers before the patches.
    """

    num_frames: int
    grid: tuple[int, int]
    num_prefix_tokens: int


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
