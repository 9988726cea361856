"""The shape of features that the heads expect."""

from torch import Tensor


def check_frame_features(x: Tensor, in_channels: int) -> None:
    """Raise ``ValueError`` unless ``x`` is ``(N, T, in_channels)`` with no empty axis."""
    if x.ndim != 3 or x.shape[-1] != in_channels or 0 in x.shape:
        raise ValueError(
            f'the features must be (N, T, in_channels={in_channels}) with no empty axis, '
            f'got shape {tuple(x.shape)}'
        )
