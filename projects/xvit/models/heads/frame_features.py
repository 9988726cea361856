"""The features that the heads of this plugin take."""

from torch import Tensor


def check_frame_features(x: Tensor) -> None:
    """Raise ``ValueError`` unless ``x`` is ``(N, T, C)``: one feature a frame."""
    if x.ndim != 3 or 0 in x.shape:
        raise ValueError(
            f'the features must be (N, T, C), none empty, got shape {tuple(x.shape)}'
        )
