"""The shape of features that the heads expect."""

from torch import Tensor


def check_frame_features(
    x: Tensor, in_channels: int, num_frames: int | None = None
) -> None:
    """Check that ``x`` is ``(N, T, in_channels)`` with no empty axis.

    Args:
        x (Tensor): The features.
        in_channels (int): Channels.
        num_frames (int, optional): The only T that is allowed.

    Raises:
        ValueError: If it is not.
    """
    if x.ndim != 3 or x.shape[-1] != in_channels or 0 in x.shape:
        raise ValueError(
            f'the features must be (N, T, in_channels={in_channels}) with no empty axis, '
            f'got shape {tuple(x.shape)}'
        )
    if num_frames not in (None, x.shape[1]):
        raise ValueError(
            f'the features must be of num_frames={num_frames} frames, got {x.shape[1]}'
        )
