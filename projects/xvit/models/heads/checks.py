"""What the heads for per-frame features demand of their input."""

from torch import Tensor


def check_frame_features(x: Tensor, in_channels: int) -> None:
    """Raise ``ValueError`` unless ``x`` is ``(N, T, in_channels)``."""
    if x.ndim != 3 or x.shape[-1] != in_channels:
        raise ValueError(
            f'the features must be (N, T, in_channels={in_channels}), '
            f'got shape {tuple(x.shape)}'
        )
